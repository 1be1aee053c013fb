package api_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"
	"testing/synctest"

	"github.com/google/uuid"

	"github.com/sellerscenter/client-go/api"
	"github.com/sellerscenter/client-go/generated"
)

// markedKey is a key whose every appearance outside its header is a leak.
const markedKey = "marked-key-0123456789abcdef"

const (
	baseURL       = "https://sellers.example.com"
	operationPath = "/api/v1/results/ship-orders"
)

var batchID = uuid.MustParse("0d7c3f4e-1f5b-4c8e-9b61-6f1a2c3d4e5f")

const completed = `{"batchRequestId":"0d7c3f4e-1f5b-4c8e-9b61-6f1a2c3d4e5f","status":"completed","items":[
	{"requestItem":{"order_items":[9007199254740993],"carrier_key":"DHL_STD_NATIONAL",
	"shipment_tracking_key":"00340434161094042557","return_tracking_key":"00340434161094049990"},
	"success":true,"errors":[]}]}`

var (
	noRetry = api.WithRetry(api.RetryPolicy{MaxAttempts: 1})
	atOnce  = api.WithRetry(api.RetryPolicy{MinDelay: 1, MaxDelay: 1})
)

// inBubble runs a named subtest in which time is fake.
func inBubble(t *testing.T, name string, f func(*testing.T)) {
	t.Helper()
	t.Run(name, func(t *testing.T) { synctest.Test(t, f) })
}

func newClient(t testing.TB, w http.RoundTripper, opts ...api.Option) *api.Client {
	t.Helper()
	return newClientOf(t, baseURL, &http.Client{Transport: w}, opts...)
}

// newClientOf returns a client of another server.
func newClientOf(t testing.TB, base string, client *http.Client, opts ...api.Option) *api.Client {
	t.Helper()
	c, err := api.New(base, markedKey, append([]api.Option{api.WithHTTPClient(client)}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func get(
	ctx context.Context, c *api.Client, editors ...generated.RequestEditorFn,
) (*generated.GetShipOrderBatchResultsResponse, error) {
	params := &generated.GetShipOrderBatchResultsParams{BatchRequestID: batchID}
	return c.GetShipOrderBatchResultsWithResponse(ctx, params, editors...)
}

// doer returns the client's chain below the generated methods, for methods that the spec has no
// operation of.
func doer(t testing.TB, c *api.Client) generated.HttpRequestDoer {
	t.Helper()
	methods := c.ClientWithResponsesInterface.(*generated.ClientWithResponses)
	return methods.ClientInterface.(*generated.Client).Client
}

// submit sends a request of any method to the path of the operation, through the client's chain.
func submit(ctx context.Context, t testing.TB, c *api.Client, method, body string) (*http.Response, error) {
	t.Helper()
	return doer(t, c).Do(request(ctx, t, method, baseURL, body))
}

// request returns a request to the path of the operation at another base URL.
func request(ctx context.Context, t testing.TB, method, base, body string) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, method, base+operationPath, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	return req
}

// answered returns the *api.Error in err, or an empty one if there is none.
func answered(err error) *api.Error {
	apiErr := new(api.Error)
	errors.As(err, &apiErr)
	return apiErr
}

// wire is an in-memory RoundTripper.
type wire func(*http.Request) (*http.Response, error)

func (w wire) RoundTrip(r *http.Request) (*http.Response, error) { return w(r) }

// handle serves requests with h, in memory.
func handle(h http.HandlerFunc) wire {
	return func(r *http.Request) (*http.Response, error) {
		w := newRecorder()
		h(w, r)
		return w.response(r), nil
	}
}

// recorder is a ResponseWriter whose response has just the headers that its handler set.
type recorder struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func newRecorder() *recorder { return &recorder{header: http.Header{}, status: http.StatusOK} }

func (w *recorder) Header() http.Header         { return w.header }
func (w *recorder) WriteHeader(status int)      { w.status = status }
func (w *recorder) Write(b []byte) (int, error) { return w.body.Write(b) }

func (w *recorder) response(r *http.Request) *http.Response {
	return &http.Response{
		StatusCode:    w.status,
		Status:        http.StatusText(w.status),
		Header:        w.header,
		Body:          io.NopCloser(&w.body),
		ContentLength: int64(w.body.Len()),
		Request:       r,
	}
}

func writeJSON(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}

func ok(w http.ResponseWriter, _ *http.Request) { writeJSON(w, http.StatusOK, completed) }

// reply returns a wire that answers with a status code, JSON, and pairs of a header's name and
// value.
func reply(status int, body string, header ...string) wire {
	return after(connect, handle(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		for i := 0; i < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
}

// inTurn sends each request through the next of its wires, and all further ones through the last.
func inTurn(wires ...wire) wire {
	requests := 0
	return func(r *http.Request) (*http.Response, error) {
		requests++
		return wires[min(requests, len(wires))-1](r)
	}
}

// after runs a hook and then w.
func after(hook func(*http.Request), w wire) wire {
	return func(r *http.Request) (*http.Response, error) {
		hook(r)
		return w(r)
	}
}

// counted counts the requests that go through w.
func counted(n *int, w wire) wire {
	return after(func(*http.Request) { *n++ }, w)
}

// dial tells the request's trace that a connection is looked for, as net/http does.
func dial(r *http.Request) {
	if trace := httptrace.ContextClientTrace(r.Context()); trace != nil {
		trace.GetConn(r.URL.Host)
	}
}

// connect tells the request's trace that there is a connection.
func connect(r *http.Request) {
	dial(r)
	if trace := httptrace.ContextClientTrace(r.Context()); trace != nil {
		trace.GotConn(httptrace.GotConnInfo{})
	}
}

var (
	errRefused = &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	errReset   = &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
)

// fail returns a wire that fails without telling the request's trace anything.
func fail(err error) wire {
	return func(*http.Request) (*http.Response, error) { return nil, err }
}

// hang fails when the request's context ends.
var hang = wire(func(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, context.Cause(r.Context())
})

// stuck has a body that never comes, and fails when the request's context ends.
var stuck = after(connect, func(r *http.Request) (*http.Response, error) {
	body := io.NopCloser(stuckBody{r})
	return &http.Response{StatusCode: 200, Header: http.Header{}, Body: body}, nil
})

type stuckBody struct{ request *http.Request }

func (b stuckBody) Read([]byte) (int, error) {
	_, err := hang(b.request)
	return 0, err
}

// cut returns a wire whose response ends after text with a lost connection.
func cut(status int, text string) wire {
	return func(*http.Request) (*http.Response, error) {
		body := io.MultiReader(strings.NewReader(text), iotest.ErrReader(io.ErrUnexpectedEOF))
		return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(body)}, nil
	}
}
