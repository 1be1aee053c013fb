package faults

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"go.uber.org/goleak"

	"github.com/sellerscenter/client-go/api"
)

// atOnce is how soon a call returns after its context has ended.
func atOnce() time.Duration {
	if raceEnabled {
		return 100 * time.Millisecond
	}
	return 10 * time.Millisecond
}

// checkAtOnce measures at each waiting point how soon a call returns, and prints the median and
// the longest time. It does so anew where the median is too long, since the machine may have been
// busy for a while, and fails the test if it always is.
func checkAtOnce(t *testing.T, runs int, measure func(*testing.T, *waiting, bool) time.Duration) {
	t.Helper()
	var text strings.Builder
	rows := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	fmt.Fprintln(rows, "\nwaiting\tmedian\tlongest")
	for _, point := range waitingPoints {
		t.Run(point.name, func(t *testing.T) {
			before := goleak.IgnoreCurrent()
			t.Run("and returning", func(t *testing.T) { // what it leaves is looked for when it has cleaned up
				w := newWaiting(t, point.start)
				var delays []time.Duration
				median := time.Hour
				for round := 0; round < 5 && median > atOnce(); round++ {
					delays = nil
					for range runs {
						delays = append(delays, measure(t, w, point.uncertain))
					}
					slices.Sort(delays)
					median = delays[runs/2]
				}
				longest := delays[runs-1]
				fmt.Fprintf(rows, "%s\t%v\t%v\n",
					point.name, median.Round(time.Microsecond), longest.Round(time.Microsecond))
				if median > atOnce() {
					t.Errorf("it took %v to return, in the median of %v", median, delays)
				}
			})
			goleak.VerifyNone(t, append(slices.Clone(proxyLeaks), before)...)
		})
	}
	if err := rows.Flush(); err != nil {
		t.Error(err)
	}
	t.Log(text.String())
}

// TestReturnsAtOnceWhenCancelled cancels a call at each point at which it can wait.
func TestReturnsAtOnceWhenCancelled(t *testing.T) {
	checkAtOnce(t, 20, func(t *testing.T, w *waiting, uncertain bool) time.Duration {
		t.Helper()
		select { // what an earlier call left
		case <-w.reached:
		default:
		}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		ended := make(chan error, 1)
		go func() { ended <- w.call(ctx, w.client) }()
		if w.reached != nil {
			select {
			case <-w.reached:
			case err := <-ended:
				t.Fatalf("the call did not wait: %v", err)
			}
		}
		select {
		case <-time.After(w.settle):
		case err := <-ended:
			t.Fatalf("the call did not wait: %v", err)
		}
		start := time.Now()
		cancel()
		var err error
		select {
		case err = <-ended:
		case <-time.After(10 * time.Second):
			t.Fatal("the call did not return")
		}
		delay := time.Since(start)
		if !errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the call ended with %v, want it canceled", err)
		}
		if errors.Is(err, api.ErrOutcomeUnknown) != uncertain {
			t.Errorf("the call ended with %v, want its outcome unknown: %v", err, uncertain)
		}
		return delay
	})
}

// TestReturnsAtItsDeadline lets a deadline end a call at each point at which it can wait. Where a
// wait cannot end before the deadline it is not begun, and the time is below zero.
func TestReturnsAtItsDeadline(t *testing.T) {
	checkAtOnce(t, 7, func(t *testing.T, w *waiting, _ bool) time.Duration {
		t.Helper()
		deadline := time.Now().Add(30 * time.Millisecond)
		ctx, cancel := context.WithDeadline(t.Context(), deadline)
		defer cancel()
		err := w.call(ctx, w.client)
		delay := time.Since(deadline)
		if !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
			t.Errorf("the call ended with %v, want its deadline exceeded", err)
		}
		return delay
	})
}
