// Package api is a client for the Sellers Center API.
//
// [New] makes a [Client]. Its methods are the generated ones: one with a WithResponse suffix for
// each operation that the spec declares, and two that begin with Wait for each kind of batch. Below
// them, the same for every operation, are the API key, retries, rate limits, and errors. The
// examples show each task.
//
// # Errors
//
// A nil error means that the success body is set: JSON200 is not nil where the spec declares a JSON
// 200. Every response that the spec does not declare as a success is an [*Error], so JSON400,
// JSON404 and their like are never set on this client. [Error.Decode] has their content. So is a
// declared success whose body does not decode; it wraps the error of encoding/json. The sentinels,
// such as [ErrNotFound] and [ErrRateLimited], tell kinds apart with [errors.Is]. A call that got no
// response keeps the network's error, and one that the context ended matches [context.Canceled] or
// [context.DeadlineExceeded], and the context's cause.
//
// A batch whose status is completed need not have gone well: each item has its own success and
// errors. Look at them.
//
// # Retries
//
// Failures that may pass are retried, with the server's Retry-After or exponential backoff, but
// never where that could carry out the same write twice; see [RetryPolicy]. A POST or PATCH that
// was sent and of which nobody can tell what became matches [ErrOutcomeUnknown]: look before
// sending it again.
//
// # Rate limits
//
// Calls keep within the rate limit that the spec states for each operation, and give way to other
// users of the key. A call blocks until it may go, first come, first served. [Client.RateLimits]
// tells how much is left. [WithRateLimit] and [WithoutRateLimit] change the limit.
//
// # Deadlines
//
// Give each call a context with a deadline. It bounds the call as a whole. If the wait for the rate
// limit, or the delay before a retry, is known to outlast it, the call fails at once with an error
// that matches [context.DeadlineExceeded]. [WithAttemptTimeout] bounds each attempt, 30 seconds by
// default.
//
// # Waiting for batches
//
// Writes are batches, whose results are polled for. The methods that begin with Wait do so for one
// batch or for many at once. [Wait] and [WaitAll], which they are made of, serve any operation.
// Their errors are [*BatchError], which has the batch's id: none is lost.
//
// # The key
//
// The API key is sent to the base URL's scheme, host and port alone, whatever redirects say. Our
// own code never shows it in an error, log record or printed value. Where a response echoes it
// letter for letter, or as Go writes it in a URL, HTML or JSON, [redacted] stands in its place, if
// it has 8 bytes or more; a server that encodes it in another way can show it. [WithKeySource] is
// for keys that rotate.
//
// # Seeing what happens
//
// [WithLogger] logs each attempt and retry. The transport of [WithHTTPClient] sees every attempt,
// for metrics and traces, and [AttemptFromContext] tells which one it is.
//
// # Options of one call
//
// The last arguments of a method are request editors, functions that can change the request, such
// as add a header. They run once a call, before its first attempt. Whatever they change, the call
// stays one of the operation that was called.
//
// # Testing
//
// Package [github.com/sellerscenter/client-go/api/apitest] has a fake server for tests of code that
// uses this package, in memory, and with fake time in a [testing/synctest] bubble.
package api
