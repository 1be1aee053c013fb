package api_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/google/uuid"

	"github.com/sellerscenter/client-go/api"
	"github.com/sellerscenter/client-go/generated"
)

// markedKey is a key whose every appearance outside its header is a leak.
const markedKey = "marked-key-0123456789abcdef"

const baseURL = "https://sellers.example.com"

var batchID = uuid.MustParse("0d7c3f4e-1f5b-4c8e-9b61-6f1a2c3d4e5f")

const completed = `{"batchRequestId":"0d7c3f4e-1f5b-4c8e-9b61-6f1a2c3d4e5f","status":"completed","items":[
	{"requestItem":{"order_items":[9007199254740993],"carrier_key":"DHL_STD_NATIONAL",
	"shipment_tracking_key":"00340434161094042557","return_tracking_key":"00340434161094049990"},
	"success":true,"errors":[]}]}`

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

func newClient(t testing.TB, w http.RoundTripper, opts ...api.Option) *api.Client {
	t.Helper()
	through := api.WithHTTPClient(&http.Client{Transport: w})
	c, err := api.New(baseURL, markedKey, append([]api.Option{through}, opts...)...)
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
