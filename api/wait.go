package api

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/sellerscenter/client-go/generated"
	"github.com/sellerscenter/client-go/internal/ratelimit"
	"github.com/sellerscenter/client-go/internal/retry"
)

// maxFailing is how long a wait bears nothing but failures, maxLead the longest time before the deadline at which a last
// poll is made.
const maxFailing, maxLead = 5 * time.Minute, 2 * time.Second

// Progress is what a wait knows after a poll.
type Progress struct {
	// ID is the batch's id.
	ID uuid.UUID
	// Status is the last status that was seen, empty if none was yet.
	Status generated.RequestStatus
	// Polls is the number of polls so far, failed ones included.
	Polls int
	// Elapsed is the time since the wait began.
	Elapsed time.Duration
}

// WaitOption configures a wait. A bad argument is an error that the wait returns.
type WaitOption func(*waitConfig) error

type waitConfig struct {
	minPoll, maxPoll, notFoundGrace time.Duration
	progress                        func(Progress)
}

// WithPollInterval sets the time from the answer to one poll of a wait to the next: minimum at first, then growing by half each
// time up to maximum, less a random part of up to half, but never below minimum. The defaults are 500 ms and 3 s. A Retry-After
// or the rate limit, which all waits of a client share, can make it longer.
func WithPollInterval(minimum, maximum time.Duration) WaitOption {
	return option(minimum <= 0 || maximum < minimum, fmt.Sprintf("WithPollInterval: %v, %v; write a minimum above 0, and a maximum not below it", minimum, maximum), func(cfg *waitConfig) { cfg.minPoll, cfg.maxPoll = minimum, maximum })
}

// WithProgress calls f after each poll, failed ones included. Calls never overlap within one wait, nor within one
// [Client.WaitShipOrderBatches]; f should return soon, since it holds the wait up.
func WithProgress(f func(Progress)) WaitOption {
	var mu sync.Mutex
	return option(f == nil, "WithProgress: the function is nil; leave the option out", func(cfg *waitConfig) {
		cfg.progress = func(p Progress) {
			mu.Lock()
			defer mu.Unlock()
			f(p)
		}
	})
}

// WithNotFoundGrace takes a 404 within d of the wait's beginning for "not yet", for a batch submitted a moment ago. By
// default a 404 ends the wait.
func WithNotFoundGrace(d time.Duration) WaitOption {
	return option(d < 0, "WithNotFoundGrace: the time is negative", func(cfg *waitConfig) { cfg.notFoundGrace = d })
}

// Wait polls a batch until its status is terminal, and returns what the last poll returned. It serves every batch operation
// of the spec: poll makes one call of it, with the context that it is given, and returns the result and its status.
//
// The statuses pending, processing and retry are in progress, as is one that this version does not know. After retry, the next
// poll comes after the longest interval. With completed the wait is over, which does not mean that all is well: each item has
// its own success and errors. With failed, Wait returns the result and an error that matches [ErrBatchFailed].
//
// Wait blocks. The first poll is made at once, the others at growing intervals; see [WithPollInterval]. The polls of an
// operation by all waits of a client are spread evenly over its rate limit, and direct calls go before them.
//
// A poll that fails in a way that may pass, after the call's own retries, does not end the wait, unless there is nothing but
// failures for five minutes: no connection or a lost one, an answer 408, 429 or 5xx other than 501, a 404 within
// [WithNotFoundGrace], or after a good poll a 2xx that the spec does not declare, as of a proxy's maintenance page. Any other failure
// ends the wait at once, an error of poll's own and JSON that does not decode too.
//
// If the context has a deadline, the last poll is made up to 2 s before it, so that it can be answered, and the wait then ends
// with an error that matches [context.DeadlineExceeded]. Every error but that of a bad option is a [*BatchError] with the batch's
// id and last status; it wraps the reason, such as the context's error.
func Wait[T any](ctx context.Context, c *Client, id uuid.UUID, poll func(context.Context, uuid.UUID) (T, generated.RequestStatus, error), opts ...WaitOption) (T, error) {
	var none T
	if c == nil || poll == nil || id == uuid.Nil {
		return none, &BatchError{ID: id, Err: errors.New("the client, the poll function or the batch's id is nil")}
	}
	cfg := waitConfig{minPoll: 500 * time.Millisecond, maxPoll: 3 * time.Second, progress: func(Progress) {}}
	if err := apply(&cfg, opts); err != nil {
		return none, fmt.Errorf("sellerscenter: %w", err)
	}
	start, p := time.Now(), Progress{ID: id}
	end := func(result T, err error) (T, error) {
		return result, &BatchError{ID: id, Status: p.Status, Err: fmt.Errorf("after %s: %w", count(p.Polls, "poll"), err)}
	}
	failing, interval, last := time.Time{}, cfg.minPoll, false
	for {
		began := time.Now()
		result, status, err := poll(ratelimit.AsPoll(ctx), id)
		now := time.Now()
		p.Polls, p.Elapsed = p.Polls+1, now.Sub(start)
		if failing = cmp.Or(failing, now); err == nil {
			p.Status, failing = status, time.Time{}
		}
		cfg.progress(p)
		switch {
		case err != nil && (ctx.Err() != nil || !passing(err, p.Elapsed < cfg.notFoundGrace, p.Status != "")):
			return end(none, err)
		case err != nil && now.Sub(failing) >= maxFailing:
			return end(none, fmt.Errorf("nothing but failures for %v: %w", maxFailing, err))
		case err == nil && status == generated.RequestStatusCompleted:
			return result, nil
		case err == nil && status == generated.RequestStatusFailed:
			return end(result, ErrBatchFailed)
		case err == nil && status == "":
			return end(none, errors.New("the server answered without a status"))
		case last && err != nil:
			return end(none, fmt.Errorf("%w: %w", context.DeadlineExceeded, err))
		case last:
			return end(none, context.DeadlineExceeded)
		}

		// The interval less up to half of it, but not below the shortest.
		delay := max(interval-rand.N(interval/2+1), cfg.minPoll)
		interval = min(interval*3/2, cfg.maxPoll)
		if err == nil && status == generated.RequestStatusRetry {
			delay, interval = cfg.maxPoll, cfg.maxPoll
		}
		if answered := new(Error); errors.As(err, &answered) {
			delay = max(delay, answered.RetryAfter)
		}
		if deadline, ok := ctx.Deadline(); ok {
			// Early enough to be answered, if it takes up to twice as long as this one.
			lead := min(max(2*now.Sub(began), cfg.minPoll), maxLead)
			if left := max(deadline.Sub(now)-lead, 0); delay >= left {
				delay, last = left, true
			}
		}
		select {
		case <-ctx.Done():
			return end(none, ctx.Err())
		case <-time.After(delay):
		}
	}
}

// passing reports whether a poll's failure may pass. The call has made its retries by then; what is left is a longer
// patience.
func passing(err error, mayBeUnknown, wasReached bool) bool {
	if answered := new(Error); errors.As(err, &answered) {
		// A 2xx that the spec does not declare is a proxy's, such as a maintenance page, or the base URL is another server's.
		s := answered.StatusCode
		return s/100 == 5 && s != http.StatusNotImplemented || s == http.StatusRequestTimeout || s == http.StatusTooManyRequests ||
			s == http.StatusNotFound && mayBeUnknown || s/100 == 2 && answered.cause == nil && wasReached
	}
	return errors.As(err, new(*callError)) && retry.Passing(err)
}

// WaitShipOrderBatch waits for the results of a batch of shipments: [Wait], by GetShipOrderBatchResults.
//
// A batch that is completed need not have shipped: look at each item's Success and Errors.
func (c *Client) WaitShipOrderBatch(ctx context.Context, id uuid.UUID, opts ...WaitOption) (*generated.ShipmentOrderResultsResponseSchema, error) {
	return Wait(ctx, c, id, func(ctx context.Context, id uuid.UUID) (*generated.ShipmentOrderResultsResponseSchema, generated.RequestStatus, error) {
		resp, err := c.GetShipOrderBatchResultsWithResponse(ctx, &generated.GetShipOrderBatchResultsParams{BatchRequestID: id})
		if err != nil {
			return nil, "", err
		}
		return resp.JSON200, resp.JSON200.Status, nil
	}, opts...)
}

// WaitShipOrderBatches waits for many batches of shipments at once and yields each as it ends, in any order. It yields what
// [Client.WaitShipOrderBatch] returns: a result, an error, or both for a failed batch. One that fails does not end the others. The
// error is a [*BatchError], which has the batch's id; only a bad option yields another, once and nothing else. A repeated id is
// yielded once.
//
// The waits begin when the loop does, each in a goroutine of its own, and go on while its body runs. Breaking out of the loop stops
// those that are left; none of their goroutines outlives it. When the context ends, each batch that is left is yielded with its
// error. Ranging over the sequence again waits anew.
func (c *Client) WaitShipOrderBatches(ctx context.Context, ids []uuid.UUID, opts ...WaitOption) iter.Seq2[*generated.ShipmentOrderResultsResponseSchema, error] {
	return func(yield func(*generated.ShipmentOrderResultsResponseSchema, error) bool) {
		if err := apply(&waitConfig{}, opts); err != nil {
			yield(nil, fmt.Errorf("sellerscenter: %w", err))
			return
		}
		ends := make(chan func() bool, len(ids)) // so that no wait blocks on the loop
		ctx, cancel := context.WithCancel(ctx)
		var waits sync.WaitGroup
		defer waits.Wait()
		defer cancel()
		begun := make(map[uuid.UUID]bool, len(ids))
		for _, id := range ids {
			if !begun[id] {
				begun[id] = true
				waits.Go(func() {
					result, err := c.WaitShipOrderBatch(ctx, id, opts...)
					ends <- func() bool { return yield(result, err) }
				})
			}
		}
		for range begun {
			if goesOn := <-ends; !goesOn() {
				return
			}
		}
	}
}
