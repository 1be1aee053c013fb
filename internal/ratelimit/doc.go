// Package ratelimit keeps calls within the server's rate limits.
//
// Each operation has a window with a line and a count. A request enters the line, direct calls before
// polls. The window asks a count who may go, with all that the count needs to know in one [Request], and
// the [Grant] says how many may go and when to ask again. The count is one in memory, a [Count], which a
// client asks without waiting. With a shared count, it is that one, over a [Link]; while that does not
// answer, the client goes on with the one in memory, by the same way. After a 429, nobody goes and no
// count is asked for as long as the one in memory is paused. The model and test store of a shared count
// is a [Count] too, and the script in api/redislimit does the same.
//
// Only what is certain refuses a request before its time: a pause, and slots that are taken, while
// even the first in line could not go before its deadline. Estimates delay.
//
// These are the rules of a count, each with what needs it: a test, or a row of the simulations in
// internal/checks/waitsim, with the result without the rule.
//
//	slots       a slot is taken until a period after the response,   TestWait, sliding log: none refused
//	            in a shared count for a little longer than a period
//	            a request without a connection takes none            TestSlots
//	estimate    others' slots come free evenly; a margin of 4 %      TestSharedKey: at most 2 % refused
//	            no more under way than the server has left; of       TestDirectCalls, weighted counter:
//	            responses that come together the worst counts        51 of 1,051 refused, not 5
//	            a few slots of our own that come free raise that     TestWait, weighted counter
//	            one request looks every three seconds                TestSharedKey; TestCount
//	            forgotten a period after it was said                 TestEstimate
//	            after a pause, one request goes first                TestWait, weighted counter; TestCount
//	pace        polls go evenly, with 2 % and the burst left over    TestDirectCallAmongWaits
//	            a sixth at once, less while many wait                20 of 1 to 3 s; 200 of 1 to 3 s
//	            ten of a client's at once                            200 of 1 to 3 s: 17 s, not 15 s
//	            a poll that ended its wait leaves its place, but     200 of 1 to 3 s: 48 s, not 15 s;
//	            not while the server is nearly out                   1,000, weighted counter
//	            polls that have just begun slow the pace             200 of 1 to 40 s: 27 s, not 25 s
//	fairness    all calls before all polls; of polls, those of the   TestDirectCallsShared
//	            client whose first one has waited longest
package ratelimit
