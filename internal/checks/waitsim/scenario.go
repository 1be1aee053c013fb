package waitsim

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// Scenario is a number of batches that are waited for at once, and when they are done.
type Scenario struct {
	Name    string
	Batches int
	Done    Done

	// What this client is held to at a latency of 80 ms. Zero is no goal.
	MaxMean time.Duration // the mean delay
	MaxLast time.Duration // the time until the last batch is known
}

// Done draws what it takes for a batch to be done.
type Done func(*rand.Rand) Need

// Need is what it takes for a batch to be done: time, polls, or both.
type Need struct {
	Time  time.Duration // from the beginning of the simulation
	Polls int           // the number of the poll that finds it done, or 0 if any may
}

// Scenarios are the ones that TestWait and TestWaitTable simulate.
var Scenarios = []Scenario{
	{Name: "done already", Batches: 200, Done: doneAlready, MaxMean: time.Second},
	{Name: "done at the third poll", Batches: 20, Done: doneAtPoll(3), MaxLast: 6 * time.Second},
	{Name: "1 to 3 s", Batches: 20, Done: doneBetween(1, 3), MaxMean: 1600 * time.Millisecond},
	{Name: "1 to 3 s", Batches: 50, Done: doneBetween(1, 3), MaxMean: 3 * time.Second},
	{Name: "1 to 3 s", Batches: 200, Done: doneBetween(1, 3), MaxMean: 15 * time.Second},
	{Name: "1 to 40 s", Batches: 200, Done: doneBetween(1, 40), MaxMean: 27 * time.Second},
	{Name: "5 to 125 s", Batches: 1, Done: doneBetween(5, 125), MaxMean: 2 * time.Second},
	{Name: "5 to 125 s", Batches: 20, Done: doneBetween(5, 125), MaxMean: 2600 * time.Millisecond},
	{Name: "5 to 125 s", Batches: 50, Done: doneBetween(5, 125), MaxMean: 5500 * time.Millisecond},
	{Name: "5 to 125 s", Batches: 200, Done: doneBetween(5, 125), MaxMean: 24 * time.Second},
	{Name: "5 to 125 s", Batches: 1000, Done: doneBetween(5, 125), MaxLast: 390 * time.Second},
}

// String returns the number of batches and when they are done.
func (s Scenario) String() string { return fmt.Sprintf("%d %s", s.Batches, s.Name) }

// Seeds is how often a test runs the scenario. With few batches chance weighs more.
func (s Scenario) Seeds() int { return max(5, 1000/s.Batches) }

func doneAlready(*rand.Rand) Need { return Need{} }

func doneAtPoll(n int) Done {
	return func(*rand.Rand) Need { return Need{Polls: n} }
}

func doneAfter(d time.Duration) Done {
	return func(*rand.Rand) Need { return Need{Time: d} }
}

func doneBetween(low, high int) Done {
	between := Between(time.Duration(low)*time.Second, time.Duration(high)*time.Second)
	return func(r *rand.Rand) Need { return Need{Time: between(r)} }
}
