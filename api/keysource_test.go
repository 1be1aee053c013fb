package api_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

	"github.com/sellerscenter/client-go/api"
	"github.com/sellerscenter/client-go/api/apitest"
	"github.com/sellerscenter/client-go/generated"
)

// keyVault is a key source, and a server that takes one of its keys.
type keyVault struct {
	keys     []string // what the source gives, in turn, the last one for ever
	valid    string   // other keys are refused
	statuses []int    // of responses before that

	asked  int
	sent   []string
	bodies []string
}

var errSealed = errors.New("vault is sealed")

func (v *keyVault) key(context.Context) (string, error) {
	v.asked++
	key := v.keys[min(v.asked, len(v.keys))-1]
	if key == "sealed" {
		return markedKey, errSealed
	}
	return key, nil
}

func (v *keyVault) RoundTrip(r *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(cmp.Or(r.Body, io.ReadCloser(http.NoBody)))
	v.sent = append(v.sent, r.Header.Get("X-API-Key"))
	v.bodies = append(v.bodies, string(body))
	switch n := len(v.sent); {
	case err != nil:
		return nil, err
	case n <= len(v.statuses):
		return reply(v.statuses[n-1], "", "Location", "/moved")(r)
	case v.sent[n-1] != v.valid:
		return reply(401, fmt.Sprintf(`{"message":"bad keys: %s"}`, strings.Join(v.sent, " ")))(r)
	}
	return reply(200, completed)(r)
}

// TestCallIsMadeAgainWithAChangedKey has a source that may know another key after a 401.
func TestCallIsMadeAgainWithAChangedKey(t *testing.T) {
	const first, second, third = "first-key-1", "second-key-2", "third-key-3"
	const elsewhere = "https://other.example"
	for _, tt := range []struct {
		name, base string
		keys       []string
		valid      string
		sent       []string
		shown      int // redacted keys in the error, 0 for a success
	}{
		{"valid", baseURL, []string{first}, first, []string{first}, 0},
		{"changed", baseURL, []string{first, second}, second, []string{first, second}, 0},
		{"the same", baseURL, []string{first}, second, []string{first}, 1},
		{"the same, with a newline", baseURL, []string{first, first + "\n"}, second, []string{first}, 1},
		{
			"changed twice", baseURL, []string{first, third, third, second}, second,
			[]string{first, third, second}, 0,
		},
		{
			"changed for ever", baseURL, []string{first, second, third, first, second, third, first}, "none",
			[]string{first, third, second}, 3,
		},
		{"sealed", baseURL, []string{first, "sealed", second}, second, []string{first}, 1},
		{"bad", baseURL, []string{first, "\n", second}, second, []string{first}, 1},
		{"not sent", elsewhere, []string{first, second}, second, []string{""}, 0},
	} {
		for _, method := range []string{"GET", "PUT", "POST", "PATCH", "DELETE"} {
			t.Run(tt.name+", "+method, func(t *testing.T) {
				v := &keyVault{keys: tt.keys, valid: tt.valid}
				c := newClient(t, v, api.WithKeySource(v.key), api.WithRetry(api.RetryPolicy{MaxAttempts: 3}))
				body := `{"items":[]}`
				_, err := doer(t, c).Do(request(t.Context(), t, method, tt.base, body))
				bodies := slices.Repeat([]string{body}, len(tt.sent))
				if !slices.Equal(v.sent, tt.sent) || !slices.Equal(v.bodies, bodies) {
					t.Errorf("sent %q with %q, want %q with %q", v.sent, v.bodies, tt.sent, bodies)
				}
				isRefused := !slices.Contains(tt.sent, tt.valid)
				if errors.Is(err, api.ErrUnauthorized) != isRefused || isRefused != (err != nil) ||
					strings.Count(fmt.Sprint(err), "[redacted]") != tt.shown {
					t.Errorf("error %v, want a 401: %v, with %d keys", err, isRefused, tt.shown)
				}
			})
		}
	}
}

func TestKeySourceIsAskedOnceAnAttempt(t *testing.T) {
	for _, tt := range []struct {
		name     string
		statuses []int
		keys     []string
		asked    int
		want     error
	}{
		{"success", nil, []string{markedKey}, 1, nil},
		{"retries", []int{503, 503}, []string{markedKey}, 3, nil},
		{"redirects", []int{302, 503, 302, 302}, []string{markedKey}, 2, nil},
		{"refused after a change", []int{503, 401}, []string{markedKey, keyRotated}, 3, api.ErrUnauthorized},

		{"sealed", nil, []string{"sealed", markedKey}, 1, errSealed},
		{"sealed later", []int{503}, []string{markedKey, "sealed", markedKey}, 2, errSealed},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				v := &keyVault{keys: tt.keys, valid: markedKey, statuses: tt.statuses}
				_, err := get(t.Context(), newClient(t, v, api.WithKeySource(v.key)))
				if !errors.Is(err, tt.want) || v.asked != tt.asked {
					t.Errorf("error %v, asked %d times, want %v and %d", err, v.asked, tt.want, tt.asked)
				}
				newKeyWitness(t, markedKey).see("the error", err)
			})
		})
	}
}

// TestContextOfKeySource has a source that answers as often as told, and then hangs. It also makes
// a call of another client, which is no poll, though the caller waits for a batch.
func TestContextOfKeySource(t *testing.T) {
	type name struct{}
	for _, tt := range []struct {
		name              string
		answers           int
		timeout, deadline time.Duration
		want              error
	}{
		{"at first, attempt timeout", 0, time.Second, time.Hour, context.DeadlineExceeded},
		{"at first, deadline", 0, time.Hour, time.Second, context.DeadlineExceeded},
		{"after a 401, attempt timeout", 1, time.Second, time.Hour, api.ErrUnauthorized},
		{"after a 401, deadline", 1, time.Hour, time.Second, context.DeadlineExceeded},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				vault := newClient(t, wire(func(r *http.Request) (*http.Response, error) {
					if a, _ := api.AttemptFromContext(r.Context()); a.Number != 1 || a.Batch != uuid.Nil {
						t.Errorf("the source's own call is %+v", a)
					}
					return reply(200, completed)(r)
				}))
				v := &keyVault{keys: []string{markedKey}}
				source := func(ctx context.Context) (string, error) {
					_, isAttempt := api.AttemptFromContext(ctx)
					hasTrace := httptrace.ContextClientTrace(ctx) != nil // which its own requests would trip
					if ctx.Value(name{}) != "caller" || isAttempt || hasTrace {
						t.Errorf("the context %v is not the caller's, or has the attempt or a trace", ctx)
					}
					if _, err := get(ctx, vault); err != nil {
						t.Error(err)
					}
					if v.asked >= tt.answers {
						<-ctx.Done()
						return "", ctx.Err()
					}
					return v.key(ctx)
				}
				c := newClient(t, v, api.WithAttemptTimeout(tt.timeout), api.WithKeySource(source))
				ctx := context.WithValue(t.Context(), name{}, "caller")
				ctx, cancel := context.WithTimeout(ctx, tt.deadline)
				defer cancel()
				began := time.Now()
				_, err := c.WaitShipOrderBatch(ctx, batchID)
				if elapsed := time.Since(began); !errors.Is(err, tt.want) || elapsed != time.Second {
					t.Errorf("error %v after %v, want %v after 1s", err, elapsed, tt.want)
				}
			})
		})
	}
}

// TestKeysRotateWhileRequestsWaitForTheirTurn has many more requests than may go while a key lives.
func TestKeysRotateWhileRequestsWaitForTheirTurn(t *testing.T) {
	for _, tt := range []struct {
		name             string
		lives            time.Duration
		perMinute, calls int
		call             func(context.Context, *api.Client, uuid.UUID) error
	}{
		{"waits, keys of two minutes", 2 * time.Minute, 200, 600, wait},
		{"waits, keys of an hour", time.Hour, 20, 1500, wait},
		{"direct calls, keys of a minute", time.Minute, 10, 40, getBatch},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				latest := func(context.Context) (string, error) {
					return fmt.Sprintf("%s-%d", markedKey, time.Since(start)/tt.lives), nil
				}
				server := apitest.NewServer()
				defer server.Close()
				transport := wire(func(r *http.Request) (*http.Response, error) {
					time.Sleep(40 * time.Millisecond)
					key, _ := latest(r.Context())
					server.SetKey(key)
					return server.HTTPClient().Transport.RoundTrip(r)
				})
				c, err := api.New(apitest.URL, "", api.WithHTTPClient(&http.Client{Transport: transport}),
					api.WithKeySource(latest), api.WithRateLimit(tt.perMinute))
				if err != nil {
					t.Fatal(err)
				}
				var calls sync.WaitGroup
				for range tt.calls {
					statuses := []api.BatchStatus{api.StatusPending, api.StatusCompleted}
					id := server.AddBatch(apitest.Batch{Statuses: statuses})
					calls.Go(func() {
						if err := tt.call(t.Context(), c, id); err != nil {
							t.Error(err)
						}
					})
				}
				calls.Wait()
				refused := 0
				for _, r := range server.Requests() {
					if r.Status == http.StatusUnauthorized {
						refused++
					}
				}
				// A key may change while a request is on its way.
				if sent := len(server.Requests()); refused > sent/100 || sent < tt.calls {
					t.Errorf("%d of %d requests were refused", refused, sent)
				}
			})
		})
	}
}

func wait(ctx context.Context, c *api.Client, id uuid.UUID) error {
	_, err := c.WaitShipOrderBatch(ctx, id)
	return err
}

func getBatch(ctx context.Context, c *api.Client, id uuid.UUID) error {
	params := &generated.GetShipOrderBatchResultsParams{BatchRequestID: id}
	_, err := c.GetShipOrderBatchResultsWithResponse(ctx, params)
	return err
}

// accountLimit is a shared limit that grants everything, and notes for which account.
type accountLimit struct{ asked []string }

func (l *accountLimit) Take(_ context.Context, r api.SlotRequest) (api.SlotGrant, error) {
	if !slices.Contains(l.asked, r.Account) {
		l.asked = append(l.asked, r.Account)
	}
	return api.SlotGrant{Calls: r.Calls}, nil
}

// TestKeyOfTheSharedLimit has a key that changes: requests count for the key that was used last, and
// the first ones for theirs. A source that fails asks for no slot.
func TestKeyOfTheSharedLimit(t *testing.T) {
	const first, second = "first-key-0123456789", "second-key-0123456789"
	accounts := map[string][]string{}
	for _, tt := range []struct {
		name string
		keys []string
		want error
	}{
		{"first", []string{first}, nil},
		{"second", []string{second}, nil},
		{"both", []string{first, first, second}, nil},
		{"none", []string{"sealed"}, errSealed},
	} {
		limit := &accountLimit{}
		v := &keyVault{keys: tt.keys}
		c := newClient(t, reply(200, completed), api.WithKeySource(v.key), api.WithSharedLimit(limit))
		for range tt.keys {
			if _, err := get(t.Context(), c); !errors.Is(err, tt.want) {
				t.Errorf("%s: error %v, want %v", tt.name, err, tt.want)
			}
		}
		accounts[tt.name] = limit.asked
	}
	want := slices.Concat(accounts["first"], accounts["second"])
	if len(want) != 2 || !slices.Equal(accounts["both"], want) || len(accounts["none"]) > 0 ||
		strings.Contains(strings.Join(want, " "), "key") {
		t.Errorf("the accounts %q", accounts)
	}
}
