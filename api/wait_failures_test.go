package api_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

	"github.com/sellerscenter/client-go/api"
)

// until answers 503 for a time, and then that the batch is completed.
func until(d time.Duration) wire {
	start := time.Now()
	return func(r *http.Request) (*http.Response, error) {
		if time.Since(start) < d {
			return serve("503").RoundTrip(r)
		}
		return serve("completed").RoundTrip(r)
	}
}

// TestPatienceOfAWait: a wait bears failures for five minutes, counted from the beginning of the
// first, and five of them.
func TestPatienceOfAWait(t *testing.T) {
	const (
		in5     = "503/310"
		quarter = 16 * time.Minute
		second  = time.Second
		after5  = "gave up after 5m of failures and "
		after20 = "gave up after 20m of failures and 6 polls (last status processing): GET "
		after64 = "gave up after 1h4m of failures and 6 polls (last status processing): GET "
	)
	answering := func(all ...string) func() wire { return func() wire { return serve(all...).RoundTrip } }
	failingFor := func(d time.Duration) func() wire { return func() wire { return until(d) } }
	for _, tt := range []struct {
		name     string
		failing  func() wire   // after a good poll
		every    time.Duration // the poll interval
		says     string        // of the error; empty for a batch that is completed
		from, to time.Duration // when the wait ends
	}{
		{"503 for good", answering("503"), second, after5, 301 * second, 310 * second},
		{"503 for a while", failingFor(4 * time.Minute), second, "", 240 * second, 250 * second},
		{"two with a Retry-After", answering(in5, in5, "completed"), second, "", 621 * second, 621 * second},
		{"a Retry-After for good", answering(in5), second, after20, 1241 * second, 1241 * second},
		{"a long interval", failingFor(40 * time.Minute), quarter, "", 3 * quarter, 3*quarter + 20*second},
		{"a long interval for good", answering("503"), quarter, after64, 5 * quarter, 5*quarter + 20*second},
		{"too slow to answer", func() wire { return hang }, second, after5, 301 * second, 335 * second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				c := newClient(t, inTurn(serve("processing").RoundTrip, tt.failing()))
				_, err := c.WaitShipOrderBatch(t.Context(), batchID, api.WithPollInterval(tt.every, tt.every))
				if tt.says == "" && err != nil || !strings.Contains(textOf(err), tt.says) {
					t.Errorf("error %v, want %q", err, tt.says)
				}
				if took := time.Since(start); took < tt.from || took > tt.to {
					t.Errorf("ended after %v, want %v to %v", took, tt.from, tt.to)
				}
			})
		})
	}
}

// textOf returns an error's text, nothing for nil.
func textOf(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// TestSuccessThatIsNotTheBatch: after a good poll it may pass, before one it does not. The generated
// waits say what the server said.
func TestSuccessThatIsNotTheBatch(t *testing.T) {
	const (
		noStatus = "200: the server answered without a status"
		ownNo    = "the server answered without a status"
		page     = "<html><title>Maintenance</title></html>"
		syntax   = "200: the body does not decode: unexpected end of JSON input ("
	)
	id := batchID.String()
	other := uuid.New().String()
	for _, tt := range []struct {
		name, answer string
		says         string // of the error of a generated wait
		own          string // of that of a poll of the user's; empty if that does not mind
	}{
		{"empty", "=", syntax, syntax},
		{"blank", "= \r\n", syntax, syntax},
		{"null", "=null", "the body is null (", "the body is null ("},
		{"an empty object", "={}", noStatus + " (", ownNo},
		{"a message", `={"message":"down for a day"}`, noStatus + ": down for a day (", ownNo},
		{"an error", `={"error":{"detail":["down"]}}`, noStatus + ": down (", ownNo},
		{"no status", `={"batchRequestId":"` + id + `","items":[]}`, noStatus + " (", ownNo},
		{"null for a status", `={"status":null,"items":[]}`, noStatus + " (", ownNo},
		{"a number for a status", `={"status":7}`, "the body does not decode: json: ", "json: "},
		{"a page as JSON", "=" + page, "beginning of value: Maintenance (", "Maintenance ("},
		{"a page", page, `not content type "text/html": Maintenance (`, "Maintenance ("},
		{
			"another batch", `={"batchRequestId":"` + other + `","status":"completed","items":[]}`,
			"200: the server answered for batch " + other + " (", "",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			generated := func(ctx context.Context, c *api.Client) error {
				_, err := c.WaitShipOrderBatch(ctx, batchID)
				return err
			}
			err := checkNotTheBatch(t, generated, tt.answer, tt.says)
			if body := string(answered(err).Body); body != strings.TrimPrefix(tt.answer, "=") {
				t.Errorf("the error has the body %q", body)
			}
			if tt.own == "" {
				return
			}
			own := func(ctx context.Context, c *api.Client) error {
				_, err := api.Wait(ctx, c, batchID, pollOf(c))
				return err
			}
			_ = checkNotTheBatch(t, own, tt.answer, tt.own)
		})
	}
}

// checkNotTheBatch checks how a wait ends with an answer between good ones, with it at first, and
// with it for good, and returns the error of the last.
func checkNotTheBatch(
	t *testing.T, wait func(context.Context, *api.Client) error, answer, says string,
) (err error) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		between := serve("processing", answer, "completed")
		if err := wait(t.Context(), newClient(t, between)); err != nil || len(between.asked) != 3 {
			t.Errorf("between good polls: error %v after %d requests", err, len(between.asked))
		}
		first := textOf(wait(t.Context(), newClient(t, serve(answer))))
		if !strings.Contains(first, "ended after 1 poll: ") || !strings.Contains(first, says) {
			t.Errorf("at first: error %s, want one that says %q", first, says)
		}
		err = wait(t.Context(), newClient(t, serve("processing", answer)))
		for _, want := range []string{"gave up after 5m of ", "(last status processing): ", says} {
			if !strings.Contains(textOf(err), want) {
				t.Errorf("for good: error %v, want one that says %q", err, want)
			}
		}
	})
	return err
}

// pollOf is a poll as users write it.
func pollOf(c *api.Client) func(context.Context, uuid.UUID) (int, api.BatchStatus, error) {
	return func(ctx context.Context, _ uuid.UUID) (int, api.BatchStatus, error) {
		resp, err := get(ctx, c)
		if err != nil {
			return 0, "", fmt.Errorf("poll: %w", err)
		}
		return len(resp.JSON200.Items), api.BatchStatus(resp.JSON200.Status), nil
	}
}

// TestKeySourceThatFailsInAWait: a source that gave a key before may give one again.
func TestKeySourceThatFailsInAWait(t *testing.T) {
	const atFirst = "ended after 1 poll: GET /api/v1/results/ship-orders: key source: vault is sealed"
	sealed := errors.New("vault is sealed")
	for _, tt := range []struct {
		name        string
		answers     string
		first, last int // questions to the source that fail
		says        string
		took        time.Duration
	}{
		{"once", "pending completed", 2, 2, "", 2 * time.Second},
		{"once, before a retry", "503/1 completed", 2, 2, "", 2 * time.Second},
		{"for good", "pending", 2, 1 << 30, "gave up after 5m of failures and ", 301 * time.Second},
		{"at first", "pending", 1, 1, atFirst, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				asked := 0
				source := func(context.Context) (string, error) {
					asked++
					if asked >= tt.first && asked <= tt.last {
						return "", sealed
					}
					return markedKey, nil
				}
				failed := 0
				progress := func(p api.Progress) {
					if errors.Is(p.Err, sealed) {
						failed++
					}
				}
				start := time.Now()
				c := newClient(t, serve(strings.Fields(tt.answers)...), api.WithKeySource(source))
				_, err := c.WaitShipOrderBatch(t.Context(), batchID, api.WithProgress(progress),
					api.WithPollInterval(time.Second, time.Second))
				if (err != nil) != errors.Is(err, sealed) || !strings.Contains(textOf(err), tt.says) ||
					tt.says == "" && err != nil {
					t.Errorf("error %v, want %q", err, tt.says)
				}
				if took := time.Since(start); took != tt.took || failed == 0 {
					t.Errorf("ended after %v, want %v; %d failures were told", took, tt.took, failed)
				}
			})
		})
	}
}
