package api_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sellerscenter/client-go/api"
	"github.com/sellerscenter/client-go/generated"
)

func writeJSON(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}

func ok(w http.ResponseWriter, _ *http.Request) { writeJSON(w, http.StatusOK, completed) }

func TestRequestIsAuthenticatedAndIdentified(t *testing.T) {
	var got *http.Request
	c := newClient(t, after(func(r *http.Request) { got = r }, handle(ok)))
	resp, err := get(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	url := baseURL + operationPath + "?batch_request_id=" + batchID.String()
	if got.Method != "GET" || got.URL.String() != url {
		t.Errorf("request is %s %s, want GET %s", got.Method, got.URL, url)
	}
	for name, want := range map[string]string{"X-API-Key": markedKey, "Accept": "application/json"} {
		if v := got.Header.Values(name); len(v) != 1 || v[0] != want {
			t.Errorf("%s is %q, want %q", name, v, want)
		}
	}
	if id := resp.JSON200.Items[0].RequestItem.OrderItems[0]; id != 9007199254740993 {
		t.Errorf("order item id is %d, want 9007199254740993", id)
	}
}

func TestEditorsOfTheCallHaveTheLastWord(t *testing.T) {
	var got *http.Request
	c := newClient(t, after(func(r *http.Request) { got = r }, handle(ok)))
	_, err := get(t.Context(), c, func(_ context.Context, r *http.Request) error {
		r.Header.Set("Accept", "application/json;q=1")
		r.Header.Set("User-Agent", "mine")
		r.Header.Set("X-API-Key", "the caller's")
		r.URL.Path = "/gateway" + r.URL.Path
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if got.Header.Get("Accept") != "application/json;q=1" || got.Header.Get("User-Agent") != "mine" {
		t.Errorf("the editor's headers are lost: %v", got.Header)
	}
	if got.URL.Path != "/gateway/api/v1/results/ship-orders" {
		t.Errorf("the editor's path is lost: %s", got.URL)
	}
	if v := got.Header.Get("X-API-Key"); v != markedKey {
		t.Errorf("X-API-Key is %q, want the client's", v)
	}
}

// TestEditorsMayChangeAnything has editors that replace what the client could know the call by.
func TestEditorsMayChangeAnything(t *testing.T) {
	elsewhere, err := url.Parse(baseURL + "/gateway/elsewhere")
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*http.Request){
		"nothing":        func(*http.Request) {},
		"the context":    func(r *http.Request) { *r = *r.WithContext(context.Background()) },
		"the URL":        func(r *http.Request) { r.URL = elsewhere },
		"the method":     func(r *http.Request) { r.Method = "POST" },
		"the header map": func(r *http.Request) { r.Header = http.Header{"X-Mine": {"1"}} },
		"no header map":  func(r *http.Request) { r.Header = nil },
		"URL and context": func(r *http.Request) {
			r.URL = elsewhere
			*r = *r.WithContext(context.Background())
		},
		"all of it": func(r *http.Request) { *r = http.Request{Method: "PUT", URL: elsewhere} },
	} {
		t.Run(name, func(t *testing.T) {
			c := newClient(t, wire(func(r *http.Request) (*http.Response, error) {
				if r.Header.Get("X-API-Key") != markedKey {
					t.Errorf("%s is sent without the key", r.URL)
				}
				return reply(200, "maintenance", "Content-Type", "text/plain")(r)
			}), api.WithRateLimit(1000))
			_, err := get(t.Context(), c, func(_ context.Context, r *http.Request) error {
				change(r)
				return nil
			})
			checkUndeclared(t, c, err)
		})
	}
	t.Run("to nothing at all", func(t *testing.T) {
		_, err := get(t.Context(), newClient(t, handle(ok)), func(_ context.Context, r *http.Request) error {
			*r = http.Request{}
			return nil
		})
		if err == nil {
			t.Error("a request without a URL was sent")
		}
	})
}

// TestDoerOfTheCallersAroundTheClient keeps its calls within the limit of their operation, and their
// responses declared.
func TestDoerOfTheCallersAroundTheClient(t *testing.T) {
	c := newClient(t, handle(ok))
	methods := c.ClientWithResponsesInterface.(*generated.ClientWithResponses)
	plain := methods.ClientInterface.(*generated.Client)
	plain.Client = struct{ generated.HttpRequestDoer }{plain.Client}
	if _, err := get(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	if limit := c.RateLimits()[0]; limit.Remaining != limit.Limit-1 {
		t.Errorf("%d of %d remain after one call", limit.Remaining, limit.Limit)
	}
	plain.Client = struct{ generated.HttpRequestDoer }{doer(t, newClient(t, reply(204, "")))}
	if _, err := get(t.Context(), c); !errors.As(err, new(*api.Error)) {
		t.Errorf("error %v for an undeclared response", err)
	}
}

// TestMethodThatIsSentDecidesAboutRetries has editors that turn the call into one of another
// method.
func TestMethodThatIsSentDecidesAboutRetries(t *testing.T) {
	for method, attempts := range map[string]int{"POST": 1, "PUT": 4} {
		synctest.Test(t, func(t *testing.T) {
			requests := 0
			c := newClient(t, counted(&requests, reply(502, "")))
			_, err := get(t.Context(), c, func(_ context.Context, r *http.Request) error {
				r.Method = method
				*r = *r.WithContext(t.Context()) //nolint:contextcheck // the point of the test
				return nil
			})
			if requests != attempts || errors.Is(err, api.ErrOutcomeUnknown) != (method == "POST") {
				t.Errorf("%s: error %v after %d requests, want %d", method, err, requests, attempts)
			}
		})
	}
}

func TestKeyOfAnEditedRequestRotatesAndStaysHidden(t *testing.T) {
	key := "first-key-0123456789"
	requests := 0
	c := newClient(t, handle(func(w http.ResponseWriter, r *http.Request) {
		requests++
		if requests == 1 {
			key = "second-key-0123456789"
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, "no good: "+r.Header.Get("X-API-Key"))
	}), api.WithKeySource(func(context.Context) (string, error) { return key, nil }))
	_, err := get(t.Context(), c, func(_ context.Context, r *http.Request) error {
		*r = *r.WithContext(t.Context()) //nolint:contextcheck // the point of the test
		return nil
	})
	if requests != 2 || err == nil || !strings.Contains(err.Error(), "no good: [redacted]") {
		t.Errorf("%d requests, error %v, want one more, whose key the error does not show", requests, err)
	}
}

func TestKeyIsTrimmed(t *testing.T) {
	got := ""
	transport := after(func(r *http.Request) { got = r.Header.Get("X-API-Key") }, handle(ok))
	client := &http.Client{Transport: transport}
	c, err := api.New(baseURL, " \t"+markedKey+" \r\n", api.WithHTTPClient(client))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := get(t.Context(), c); err != nil || got != markedKey {
		t.Errorf("sent the key %q, error %v", got, err)
	}
}

// TestKeySourceErrorEndsCall: nothing was sent then, and the turn is the next call's.
func TestKeySourceErrorEndsCall(t *testing.T) {
	v := &keyVault{keys: []string{"sealed", markedKey}}
	c := newClient(t, handle(ok), api.WithKeySource(v.key), api.WithRateLimit(1))
	_, err := get(t.Context(), c)
	want := "sellerscenter: GET " + operationPath + ": key source: vault is sealed (not sent)"
	if !errors.Is(err, errSealed) || fmt.Sprint(err) != want {
		t.Errorf("error %v, want %s", err, want)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if _, err := get(ctx, c); err != nil {
		t.Errorf("the next call: %v", err)
	}
}

// TestCallsGivenUpLeaveNothingBehind: a program whose editor fails, such as one that signs requests,
// must not grow with each call.
func TestCallsGivenUpLeaveNothingBehind(t *testing.T) {
	c := newClient(t, handle(ok))
	noSigner := errors.New("no signer")
	giveUp := func(calls int) (heap uint64) {
		for range calls {
			_, err := get(t.Context(), c, func(context.Context, *http.Request) error { return noSigner })
			if !errors.Is(err, noSigner) {
				t.Fatal(err)
			}
		}
		runtime.GC()
		runtime.GC()
		var stats runtime.MemStats
		runtime.ReadMemStats(&stats)
		runtime.KeepAlive(c)
		return stats.HeapAlloc
	}
	before := giveUp(5000)
	after := giveUp(50_000)
	if after > before+1<<20 {
		t.Errorf("the heap has grown from %d to %d bytes", before, after)
	}
}
