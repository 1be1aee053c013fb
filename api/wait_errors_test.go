package api_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

	"github.com/sellerscenter/client-go/api"
)

// errDial is what net/http returns when nothing listens.
var errDial = &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connect: connection refused")}

// failsWith is a transport that fails to send each time.
func failsWith(err error) wire {
	return func(*http.Request) (*http.Response, error) { return nil, err }
}

// contextEnd ends a context after a time, by its deadline or by a cancel.
type contextEnd struct {
	after  time.Duration
	cancel bool
}

func (e contextEnd) of(ctx context.Context) (context.Context, context.CancelFunc) {
	if e.after > 0 && !e.cancel {
		return context.WithTimeout(ctx, e.after)
	}
	ctx, cancel := context.WithCancel(ctx)
	if e.cancel {
		time.AfterFunc(e.after, cancel)
	}
	return ctx, cancel
}

func TestWaitErrorTexts(t *testing.T) {
	cancelled := contextEnd{1500 * time.Millisecond, true}
	late := contextEnd{4500 * time.Millisecond, false}
	const call = "GET /api/v1/results/ship-orders: "
	for _, tt := range []struct {
		answers string
		end     contextEnd
		want    string // after the batch's id; N is the number of requests
	}{
		{"processing pending", cancelled, "canceled after N polls (last status pending)"},
		{
			"pending 503", cancelled,
			"canceled after N polls (last status pending): " + call + "503: no (1 attempt)",
		},
		{"pending processing", late, "deadline exceeded after N polls (last status processing)"},
		{
			"pending 503", late,
			"deadline exceeded after N polls (last status pending): " + call + "503: no (1 attempt)",
		},
		{"502", late, "deadline exceeded after N polls: " + call + "502: no (1 attempt)"},
		{
			"pending 401", contextEnd{},
			"ended after N polls (last status pending): " + call + "401: no (1 attempt)",
		},
		{"401", contextEnd{}, "ended after 1 poll: " + call + "401: no (1 attempt)"},
		{"pending failed", contextEnd{}, "failed after N polls (last status failed)"},
		{"failed", contextEnd{}, "failed after 1 poll (last status failed)"},
	} {
		t.Run(tt.want, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := tt.end.of(t.Context())
				defer cancel()
				s := serve(strings.Fields(tt.answers)...)
				every := api.WithPollInterval(time.Second, time.Second)
				_, err := newClient(t, s, once).WaitShipOrderBatch(ctx, batchID, every)
				want := "sellerscenter: batch " + batchID.String() + ": " + tt.want
				want = strings.Replace(want, "N", strconv.Itoa(len(s.asked)), 1)
				if err == nil || err.Error() != want {
					t.Errorf("error\n%v, want\n%s", err, want)
				}
			})
		})
	}
}

// TestErrorTextsHaveNoGaps: hand-made errors, as in a test of a user's, lack most of what ours
// have.
func TestErrorTextsHaveNoGaps(t *testing.T) {
	answered := &api.Error{StatusCode: http.StatusNotFound, Message: "batch not found"}
	for _, err := range []error{
		answered,
		&api.Error{},
		&api.BatchError{ID: batchID, Err: answered},
		&api.BatchError{ID: batchID, Status: api.StatusPending, Err: context.Canceled},
		&api.BatchError{ID: batchID, Status: api.StatusFailed, Err: api.ErrBatchFailed},
		&api.BatchError{ID: batchID},
	} {
		text := err.Error()
		if strings.Count(text, "sellerscenter: ") != 1 || !strings.HasPrefix(text, "sellerscenter: ") {
			t.Errorf("%q has not one prefix at its front", text)
		}
		for _, gap := range []string{"  ", ": :", `""`, "()", "nil", "0 attempts", ": (", "( "} {
			if strings.Contains(text, gap) {
				t.Errorf("%q has a gap: %q", text, gap)
			}
		}
		if strings.HasSuffix(text, " ") {
			t.Errorf("%q ends in a blank", text)
		}
	}
}

// TestUnknownStatusInText has statuses that the server could have put in place of its own.
func TestUnknownStatusInText(t *testing.T) {
	for status, want := range map[string]string{
		"partially_completed":   "(last status partially_completed)",
		markedKey:               "(last status unknown)",
		"a\nb":                  "(last status unknown)",
		strings.Repeat("x", 99): "(last status unknown)",
	} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
			defer cancel()
			var log strings.Builder
			logger := slog.New(slog.NewTextHandler(&log, nil))
			c := newClient(t, serve(status), api.WithLogger(logger))
			_, err := c.WaitShipOrderBatch(ctx, batchID)
			logged := log.String()
			if strings.Count(logged, "unknown status") != 1 || strings.Contains(logged, markedKey) {
				t.Errorf("logged %s", logged)
			}
			if !strings.HasSuffix(err.Error(), want) || strings.Contains(err.Error(), markedKey) {
				t.Errorf("error %v, want %s", err, want)
			}
			var batchErr *api.BatchError
			if !errors.As(err, &batchErr) || string(batchErr.Status) != status {
				t.Errorf("error %#v, want the status in its field", err)
			}
		})
	}
}

func TestCallThatWasNotSentSaysSo(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := get(ctx, newClient(t, handle(ok)))
	const want = "sellerscenter: GET /api/v1/results/ship-orders: context canceled (not sent)"
	if err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}

func TestPollsThatWereNotSentDoNotCount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 90*time.Second)
		defer cancel()
		s := serve("processing")
		polls := 0
		_, err := newClient(t, s, api.WithRateLimit(1)).WaitShipOrderBatch(ctx, batchID,
			api.WithProgress(func(p api.Progress) { polls = p.Polls }))
		if !strings.Contains(err.Error(), "after 2 polls") || len(s.asked) != 2 || polls != 2 {
			t.Errorf("%d polls reached the server, progress counted %d; error %v", len(s.asked), polls, err)
		}
		var batchErr *api.BatchError
		if !errors.As(err, &batchErr) || batchErr.ID != batchID || batchErr.Status != api.StatusProcessing {
			t.Errorf("error %#v, want a *BatchError with the last status", err)
		}
	})
}

// TestWaitKeepsItsLastFailure: the last poll gets no slot before the deadline, which tells nobody
// what is wrong.
func TestWaitKeepsItsLastFailure(t *testing.T) {
	for _, tt := range []struct {
		name string
		send wire
		want error
		says string
	}{
		{"502", serve("502").RoundTrip, api.ErrServer, "502: no"},
		{"429", serve("429/1").RoundTrip, api.ErrRateLimited, "429: no"},
		{"dial", failsWith(errDial), errDial, "connection refused"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
				defer cancel()
				c := newClient(t, tt.send, once, api.WithRateLimit(1))
				_, err := c.WaitShipOrderBatch(ctx, batchID)
				if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, tt.want) {
					t.Errorf("error %v, want the deadline and the last failure", err)
				}
				if !strings.Contains(err.Error(), tt.says) {
					t.Errorf("error %v, want one that says %q", err, tt.says)
				}
			})
		})
	}
}

// TestWaitEndsAtWhatWillNotPass: no patience helps where each further poll would meet the same.
func TestWaitEndsAtWhatWillNotPass(t *testing.T) {
	noHost := &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", IsNotFound: true}}
	for name, failure := range map[string]error{
		"host does not exist":   noHost,
		"unknown authority":     &tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}},
		"plain HTTP behind TLS": http.ErrSchemeMismatch,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				polls := 0
				_, err := newClient(t, failsWith(failure)).WaitShipOrderBatch(t.Context(), batchID,
					api.WithProgress(func(api.Progress) { polls++ }))
				var batchErr *api.BatchError
				if polls != 1 || !errors.As(err, &batchErr) || !errors.Is(err, failure) {
					t.Errorf("%d polls, want one; error %v", polls, err)
				}
			})
		})
	}
}

func TestHostThatVanishesIsBorneOnceItWasReached(t *testing.T) {
	for _, answer := range []string{"pending", "503", "429"} {
		synctest.Test(t, func(t *testing.T) {
			s := serve(answer, "completed")
			polls := 0
			c := newClient(t, wire(func(r *http.Request) (*http.Response, error) {
				polls++
				if polls == 2 {
					return nil, &net.DNSError{Err: "no such host", IsNotFound: true}
				}
				return s.RoundTrip(r)
			}), once)
			if _, err := c.WaitShipOrderBatch(t.Context(), batchID); err != nil || polls != 3 {
				t.Errorf("after %s: error %v after %d polls", answer, err, polls)
			}
		})
	}
}

// TestCauseOfACancelMatches: whatever the call or wait is doing when its context is cancelled.
func TestCauseOfACancelMatches(t *testing.T) {
	call := func(ctx context.Context, c *api.Client) error {
		_, err := get(ctx, c)
		return err
	}
	callAgain := func(ctx context.Context, c *api.Client) error {
		_, _ = get(context.WithoutCancel(ctx), c)
		return call(ctx, c)
	}
	wait := func(ctx context.Context, c *api.Client) error {
		_, err := c.WaitShipOrderBatch(ctx, batchID)
		return err
	}
	waitAll := func(ctx context.Context, c *api.Client) (all error) {
		for _, err := range c.WaitShipOrderBatches(ctx, []uuid.UUID{batchID}) {
			all = err
		}
		return all
	}
	oneAMinute := []api.Option{api.WithRateLimit(1)}
	for _, tt := range []struct {
		name string
		send wire
		opts []api.Option
		do   func(context.Context, *api.Client) error
	}{
		{"in flight", hang, nil, call},
		{"in the delay before a retry", serve("503/60").RoundTrip, nil, call},
		{"in line for the rate limit", serve("completed").RoundTrip, oneAMinute, callAgain},
		{"while a 429 holds", serve("429/60").RoundTrip, []api.Option{once}, callAgain},
		{"before it retries a 429", serve("429/60").RoundTrip, nil, call},
		{"between polls", serve("processing").RoundTrip, nil, wait},
		{"in a poll", hang, nil, wait},
		{"in a poll's line", serve("processing").RoundTrip, oneAMinute, wait},
		{"in a wait while a 429 holds", serve("429/60").RoundTrip, []api.Option{once}, wait},
		{"in a wait for many", serve("processing").RoundTrip, nil, waitAll},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				cause := fmt.Errorf("the shop %d is closing down", 4711)
				ctx, cancel := context.WithCancelCause(t.Context())
				start := time.Now()
				time.AfterFunc(4*time.Second, func() { cancel(cause) })
				err := tt.do(ctx, newClient(t, tt.send, tt.opts...))
				if !errors.Is(err, context.Canceled) || !errors.Is(err, cause) {
					t.Errorf("error %v, want one that matches the cancel and its cause", err)
				}
				if d := time.Since(start); d != 4*time.Second {
					t.Errorf("ended after %v, want 4s", d)
				}
			})
		})
	}
	t.Run("before the call", func(t *testing.T) {
		cause := errors.New("the shop is closed")
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(cause)
		for _, do := range []func(context.Context, *api.Client) error{call, wait, waitAll} {
			err := do(ctx, newClient(t, handle(ok)))
			if !errors.Is(err, context.Canceled) || !errors.Is(err, cause) {
				t.Errorf("error %v, want one that matches the cancel and its cause", err)
			}
		}
	})
}

// TestCauseOfOursHasNoSecondPrefix: an errgroup cancels its other calls with the error of the first.
func TestCauseOfOursHasNoSecondPrefix(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(t.Context())
		first := &api.Error{Method: "GET", URL: "/a", StatusCode: 404, Message: "batch not found"}
		time.AfterFunc(time.Second, func() { cancel(first) })
		_, err := get(ctx, newClient(t, wire(func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		})))
		if !errors.Is(err, api.ErrNotFound) || !errors.Is(err, context.Canceled) {
			t.Errorf("error %v does not match its cause", err)
		}
		if n := strings.Count(err.Error(), "sellerscenter: "); n != 1 {
			t.Errorf("%d prefixes in %q", n, err)
		}
	})
}
