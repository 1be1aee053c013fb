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

// story is an observer that keeps what it is told, with the path of contexts that leads there.
type story struct {
	client *api.Client
	lines  []string
}

type pathKey struct{}

func pathOf(ctx context.Context) string {
	path, _ := ctx.Value(pathKey{}).(string)
	return path
}

// begin notes a beginning, and returns its context, and what notes its end.
func (s *story) begin(ctx context.Context, what ...any) (context.Context, func(end any, err error)) {
	path := pathOf(ctx) + "/" + strings.TrimSpace(fmt.Sprintln(what...))
	s.lines = append(s.lines, path)
	return context.WithValue(ctx, pathKey{}, path), func(end any, err error) {
		s.lines = append(s.lines, fmt.Sprintf("%s: %v, %v", path, end, err))
	}
}

func (s *story) Observe(c *api.Client) { s.client = c }

func (s *story) StartWait(ctx context.Context, batch uuid.UUID) (context.Context, func(api.Progress, error)) {
	ctx, end := s.begin(ctx, "wait", batch == batchID)
	return ctx, func(p api.Progress, err error) { end(p.Status, err) }
}

func (s *story) StartCall(
	ctx context.Context, operation string, batch uuid.UUID,
) (context.Context, func(api.CallEnd)) {
	ctx, end := s.begin(ctx, operation, batch == batchID)
	return ctx, func(e api.CallEnd) {
		end(fmt.Sprint(e.Attempts, " in line for ", e.InLine.Round(time.Second)), e.Err)
	}
}

func (s *story) StartAttempt(req *http.Request, a api.Attempt) (context.Context, func(api.AttemptEnd)) {
	ctx, end := s.begin(req.Context(), req.Method, a.Number, a.Operation, a.Batch == batchID)
	req.Header.Add("Trace", pathOf(ctx))
	return ctx, func(e api.AttemptEnd) { end(fmt.Sprint(e.StatusCode, e.Proto), e.Err) }
}

func TestObserverIsToldTheWholeStory(t *testing.T) {
	slow := func(*http.Request) (*http.Response, error) {
		time.Sleep(2 * time.Second)
		return nil, errors.New("malformed HTTP response " + markedKey)
	}
	panics := func(*http.Request) (*http.Response, error) { panic("a bug of the transport's") }
	const exited = "its goroutine panicked, or was ended by runtime.Goexit, as by a test's FailNow"
	noHeader := func(_ context.Context, r *http.Request) error {
		r.Header = nil
		return nil
	}
	for _, tt := range []struct {
		name      string
		perMinute int
		wire      wire
		do        func(context.Context, *api.Client)
		want      []string
	}{
		{"wait", 200, inTurn(reply(503, ""), handle(ok)), func(ctx context.Context, c *api.Client) {
			_, _ = c.WaitShipOrderBatch(ctx, batchID)
		}, []string{
			"/wait true",
			"/wait true/CALL true",
			"/wait true/CALL true/GET 1 CALL true",
			"sent with [/wait true/CALL true/GET 1 CALL true]: /wait true/CALL true/GET 1 CALL true",
			"/wait true/CALL true/GET 1 CALL true: 503, <nil>",
			"/wait true/CALL true/GET 2 CALL true",
			"sent with [/wait true/CALL true/GET 2 CALL true]: /wait true/CALL true/GET 2 CALL true",
			"/wait true/CALL true/GET 2 CALL true: 200, <nil>",
			"/wait true/CALL true: 2 in line for 0s, <nil>",
			"/wait true: completed, <nil>",
		}},
		{"call", 1, inTurn(slow, reply(404, "")), func(ctx context.Context, c *api.Client) {
			_, _ = get(ctx, c, noHeader)
		}, []string{
			"/CALL false",
			"/CALL false/GET 1 CALL false",
			"sent with [/CALL false/GET 1 CALL false]: /CALL false/GET 1 CALL false",
			"/CALL false/GET 1 CALL false: 0, malformed HTTP response [redacted]",
			"/CALL false/GET 2 CALL false",
			"sent with [/CALL false/GET 2 CALL false]: /CALL false/GET 2 CALL false",
			"/CALL false/GET 2 CALL false: 404, <nil>",
			"/CALL false: 2 in line for 1m0s, sellerscenter: GET /api/v1/results/ship-orders: " +
				"404: Not Found (2 attempts)",
		}},
		{"panic", 200, panics, func(ctx context.Context, c *api.Client) {
			defer func() { _ = recover() }()
			_, _ = c.WaitShipOrderBatch(ctx, batchID)
		}, []string{
			"/wait true",
			"/wait true/CALL true",
			"/wait true/CALL true/GET 1 CALL true",
			"sent with [/wait true/CALL true/GET 1 CALL true]: /wait true/CALL true/GET 1 CALL true",
			"/wait true/CALL true/GET 1 CALL true: 0, " + exited,
			"/wait true/CALL true: 0 in line for 0s, " + exited,
			"/wait true: , " + exited,
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				told := &story{}
				spy := func(r *http.Request) (*http.Response, error) {
					line := fmt.Sprintf("sent with %s: %v", r.Header["Trace"], pathOf(r.Context()))
					told.lines = append(told.lines, line)
					return tt.wire(r)
				}
				atOnce := api.WithRetry(api.RetryPolicy{MinDelay: 1, MaxDelay: 1})
				limit := api.WithRateLimit(tt.perMinute)
				client := newClient(t, wire(spy), api.WithObserver(told), atOnce, limit)
				tt.do(t.Context(), client)
				text := strings.ReplaceAll(strings.Join(told.lines, "\n"), "GetShipOrderBatchResults", "CALL")
				if text != strings.Join(tt.want, "\n") || told.client != client {
					t.Errorf("client %v of %v, told\n%s", told.client, client, text)
				}
			})
		})
	}
}
