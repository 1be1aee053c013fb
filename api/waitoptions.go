package api

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/google/uuid"
)

// Progress is what a wait knows after a poll.
type Progress struct {
	// ID is the batch's id.
	ID uuid.UUID
	// Status is the last status that was seen, empty if none was yet.
	Status BatchStatus
	// Polls is the number of polls so far, failed ones included. One that was never sent, because
	// no slot of the rate limit came free before the deadline, does not count.
	Polls int
	// Elapsed is the time since the wait began.
	Elapsed time.Duration
	// Err is why this poll failed, nil if it did not.
	Err error
}

// WaitOption configures a wait. A bad argument is an error that the wait returns.
type WaitOption func(*waitSettings)

// waitSettings are what the options of a wait set.
type waitSettings struct {
	schedule      schedule
	notFoundGrace time.Duration
	progressed    func(Progress)
	// progressing is held by the one of many waits that calls progressed.
	progressing *sync.Mutex
}

func newWaitSettings(opts []WaitOption) (waitSettings, error) {
	s := waitSettings{
		schedule:    newSchedule(500*time.Millisecond, 3*time.Second),
		progressed:  func(Progress) {},
		progressing: new(sync.Mutex),
	}
	for _, opt := range opts {
		if opt == nil {
			return s, errors.New(prefix + "a wait option is nil; leave it out")
		}
		opt(&s)
	}
	return s, s.check()
}

// check says what is wrong with the settings, and what to write instead.
func (s waitSettings) check() error {
	polls := s.schedule
	return firstOf([]problem{
		{polls.minimum <= 0 || polls.maximum < polls.minimum, fmt.Sprintf("%sWithPollInterval: %v, %v; "+
			"write a minimum above 0, and a maximum not below it", prefix, polls.minimum, polls.maximum)},
		{s.progressed == nil, prefix + "WithProgress: the function is nil; leave the option out"},
		{s.notFoundGrace < 0, prefix + "WithNotFoundGrace: the time is negative"},
	})
}

// WithPollInterval sets the time from the response to one poll of a wait to the next: minimum at
// first, then growing by half each time up to maximum, less a random part of up to half, but never
// below minimum. The defaults are 500 ms and 3 s. A Retry-After, of an hour at most, or the rate
// limit, which all waits of a client share, can make it longer.
func WithPollInterval(minimum, maximum time.Duration) WaitOption {
	return func(s *waitSettings) { s.schedule = newSchedule(minimum, maximum) }
}

// WithProgress calls f after each poll, failed ones included. Calls never overlap within one wait,
// nor within one [WaitAll] or another wait for many batches. f should return soon, since it holds
// the wait up.
func WithProgress(f func(Progress)) WaitOption {
	return func(s *waitSettings) { s.progressed = f }
}

// WithNotFoundGrace takes a 404 within d of the wait's beginning to mean "not yet", for a batch
// submitted a moment ago, even if nothing else comes for more than five minutes. By default a 404
// ends the wait.
func WithNotFoundGrace(d time.Duration) WaitOption {
	return func(s *waitSettings) { s.notFoundGrace = d }
}
