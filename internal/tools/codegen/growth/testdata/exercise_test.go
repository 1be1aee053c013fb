// Package growth exercises the client of the grown spec against a fake server, through its public API.
package growth

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"reflect"
	"regexp"
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
	"github.com/sellerscenter/client-go/internal/operation"
)

const key = "sk-growth-4711"

var batchID = uuid.MustParse("6f1f7a3e-3c1d-4a53-9d8e-0f6f5c1f4f7e")

// wire is a server in memory that records what it gets.
type wire struct {
	mu       sync.Mutex
	requests []request
	answer   func(n int, r request) (*http.Response, error) // n counts from 1
}

type request struct {
	method, path, query, key, contentType string
	body                                  []byte
}

func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	got := request{method: r.Method, path: r.URL.EscapedPath(), query: r.URL.RawQuery, key: r.Header.Get("X-API-Key"), contentType: r.Header.Get("Content-Type")}
	if r.Body != nil {
		var err error
		if got.body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
		r.Body.Close()
	}
	w.mu.Lock()
	w.requests = append(w.requests, got)
	n := len(w.requests)
	w.mu.Unlock()
	return w.answer(n, got)
}

func answer(status int, contentType, body string, header ...string) *http.Response {
	resp := &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(body)), ProtoMajor: 1, ProtoMinor: 1}
	if contentType != "" {
		resp.Header.Set("Content-Type", contentType)
	}
	for i := 0; i < len(header); i += 2 {
		resp.Header.Set(header[i], header[i+1])
	}
	return resp
}

func client(t *testing.T, w *wire, opts ...api.Option) *api.Client {
	t.Helper()
	c, err := api.New("https://sellers.example.com/gateway", key, append([]api.Option{api.WithHTTPClient(&http.Client{Transport: w})}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

const order = `{"id":9007199254740993,"state":"completed","previousState":null,"shippedAt":null,"createdAt":"2026-11-01T08:30:00.123Z","total":"19.90","shipping":null,"labels":null,"items":[]}`

// call is a call of one operation, what it must send, and an answer that the spec declares for it.
type call struct {
	operation   string
	do          func(context.Context, *api.Client) (any, error)
	path, query string
	body        string // of the request
	status      int
	contentType string
	answer      string
	check       func(result any) error
}

func form(fields map[string]string, file string) (contentType string, body []byte) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for name, value := range fields {
		w.WriteField(name, value)
	}
	part, _ := w.CreateFormFile("file", "shoe.png")
	io.WriteString(part, file)
	w.Close()
	return w.FormDataContentType(), b.Bytes()
}

func ptr[T any](v T) *T { return &v }

func calls() []call {
	since := time.Date(2026, 11, 1, 9, 30, 0, 0, time.FixedZone("CET", 3600))
	image := strings.Repeat("\x89PNG\r\n", 1000)
	return []call{
		{operation: "GetShipOrderBatchResults", path: "/api/v1/results/ship-orders", query: "batch_request_id=" + batchID.String(), status: 200, contentType: "application/json",
			answer: `{"batchRequestId":"` + batchID.String() + `","status":"completed","items":[]}`,
			do: func(ctx context.Context, c *api.Client) (any, error) {
				return c.GetShipOrderBatchResultsWithResponse(ctx, &generated.GetShipOrderBatchResultsParams{BatchRequestID: batchID})
			}},
		{operation: "ListOrders", path: "/api/v1/orders", query: "state=pending&state=shipped&ids=1&ids=9007199254740993&updated_since=2026-11-01T09%3A30%3A00%2B01%3A00&reference=A%26B&limit=50&sort=desc", status: 200, contentType: "application/json; charset=utf-8",
			answer: `{"count":2,"next":"https://sellers.example.com/api/v1/orders?offset=50","previous":null,"items":[` + order + `]}`,
			do: func(ctx context.Context, c *api.Client) (any, error) {
				return c.ListOrdersWithResponse(ctx, &generated.ListOrdersParams{
					State: []generated.OrderState{generated.OrderStatePending, generated.OrderStateShipped}, Ids: []int64{1, 9007199254740993},
					UpdatedSince: &since, Reference: ptr("A&B"), Limit: ptr[int64](50), Sort: ptr(generated.ListOrdersParamsSortDesc),
				})
			},
			check: func(result any) error {
				page := result.(*generated.ListOrdersResponse).JSON200
				if page.Next == nil || page.Previous != nil || page.Items[0].ID != 9007199254740993 || page.Items[0].PreviousState != nil || page.Items[0].State != generated.OrderStateCompleted {
					return fmt.Errorf("the page is %+v", page)
				}
				return nil
			}},
		{operation: "ListProducts", path: "/api/v1/products", query: "page=2", status: 200, contentType: "application/json", answer: `{"items":[{"sku":"A1"}],"pagination":{}}`,
			do: func(ctx context.Context, c *api.Client) (any, error) {
				return c.ListProductsWithResponse(ctx, &generated.ListProductsParams{Page: ptr[int64](2)})
			}},
		{operation: "GetStocks", path: "/api/v1/stocks", status: 200, contentType: "application/json", answer: `{"items":[]}`,
			do: func(ctx context.Context, c *api.Client) (any, error) { return c.GetStocksWithResponse(ctx, nil) }},
		{operation: "ListReturns", path: "/api/v1/returns", status: 200, contentType: "application/json", answer: `{"count":0,"results":[]}`,
			do: func(ctx context.Context, c *api.Client) (any, error) {
				return c.ListReturnsWithResponse(ctx, &generated.ListReturnsParams{})
			}},
		{operation: "GetOrder", path: "/api/v1/orders/4294967311", status: 200, contentType: "application/json", answer: `{"order":` + order + `}`,
			do: func(ctx context.Context, c *api.Client) (any, error) { return c.GetOrderWithResponse(ctx, 4294967311) },
			check: func(result any) error {
				var o generated.GetOrderResponse = *reflect.ValueOf(result).Elem().FieldByName("JSON200").Interface().(*generated.GetOrderResponse)
				if o.Order.Total != "19.90" {
					return fmt.Errorf("the total is %q", o.Order.Total)
				}
				return nil
			}},
		{operation: "GetCarriers", path: "/api/v1/orders/carriers/", status: 200, contentType: "application/json", answer: `[{"key":"DHL_STD_NATIONAL","active":true}]`,
			do: func(ctx context.Context, c *api.Client) (any, error) { return c.GetCarriersWithResponse(ctx) }},
		{operation: "GetProduct", path: "/api/v1/products/A%2F1%3F/", status: 200, contentType: "application/json", answer: `{"name":null,"price":"1.00"}`,
			do: func(ctx context.Context, c *api.Client) (any, error) { return c.GetProductWithResponse(ctx, "A/1?") }},
		{operation: "PatchProduct", path: "/api/v1/products/A1/", body: `{"name":"Boot"}`, status: 200, contentType: "application/json", answer: `{}`,
			do: func(ctx context.Context, c *api.Client) (any, error) {
				return c.PatchProductWithResponse(ctx, "A1", generated.ProductPatchSchema{Name: ptr("Boot")})
			}},
		{operation: "PatchProduct", path: "/api/v1/products/A1/", body: `{"brand":null,"name":"Boot"}`, status: 200, contentType: "application/json", answer: `{}`,
			do: func(ctx context.Context, c *api.Client) (any, error) { // the README's way to send an explicit null
				body, err := json.Marshal(map[string]any{"name": "Boot", "brand": nil})
				if err != nil {
					return nil, err
				}
				return c.PatchProductWithBodyWithResponse(ctx, "A1", "application/json", bytes.NewReader(body))
			}},
		{operation: "UploadImage", path: "/api/v1/products/A1/images/", body: image, status: 201, contentType: "application/json", answer: `{"id":7}`,
			do: func(ctx context.Context, c *api.Client) (any, error) {
				contentType, body := form(map[string]string{"position": "1"}, image)
				return c.UploadImageWithBodyWithResponse(ctx, "A1", contentType, bytes.NewReader(body))
			},
			check: func(result any) error {
				var created *generated.UploadImage201JSONResponseBody = result.(*generated.UploadImageResponse).JSON201
				if created.ID != 7 {
					return fmt.Errorf("created %+v", created)
				}
				return nil
			}},
		{operation: "ReplaceImage", path: "/api/v1/products/A1/images/x.png", body: image, status: 202, contentType: "application/json", answer: `{"queued":true}`,
			do: func(ctx context.Context, c *api.Client) (any, error) {
				contentType, body := form(nil, image)
				return c.ReplaceImageWithBodyWithResponse(ctx, "A1", "x.png", contentType, bytes.NewReader(body))
			}},
		{operation: "GetLabel", path: "/api/v1/returns/R%2017/label", status: 200, contentType: "application/pdf", answer: "%PDF-1.7\x00",
			do: func(ctx context.Context, c *api.Client) (any, error) { return c.GetLabelWithResponse(ctx, "R 17") },
			check: func(result any) error {
				if body := result.(*generated.GetLabelResponse).Body; string(body) != "%PDF-1.7\x00" {
					return fmt.Errorf("the label is %q", body)
				}
				return nil
			}},
		{operation: "ReturnGetOrder", path: "/api/v1/returns/17", status: 200, contentType: "application/json", answer: `{"any":[1]}`,
			do: func(ctx context.Context, c *api.Client) (any, error) { return c.ReturnGetOrderWithResponse(ctx, 17) }},
		{operation: "ReturnOrders", path: "/api/v1/returns", body: "order=17&reason=too+small", status: 202,
			do: func(ctx context.Context, c *api.Client) (any, error) {
				return c.ReturnOrdersWithFormdataBodyWithResponse(ctx, generated.ReturnOrdersFormdataRequestBody{Order: 17, Reason: ptr("too small")})
			}},
		{operation: "Ping", path: "/api/v1/ping", status: 204,
			do: func(ctx context.Context, c *api.Client) (any, error) { return c.PingWithResponse(ctx) }},
		{operation: "ShipOrders", path: "/api/v1/orders/ship", status: 200, contentType: "application/json", answer: `{"batchRequestId":"` + batchID.String() + `"}`,
			body: `[{"order_items":[4294967311],"carrier_key":"DHL_STD_NATIONAL","shipment_tracking_key":"S1","return_tracking_key":"R1"}]`,
			do: func(ctx context.Context, c *api.Client) (any, error) {
				return c.ShipOrdersWithResponse(ctx, generated.ShipOrdersJSONRequestBody{{CarrierKey: "DHL_STD_NATIONAL", OrderItems: []int64{4294967311}, ShipmentTrackingKey: "S1", ReturnTrackingKey: "R1"}})
			}},
		{operation: "GetStockBatchResults", path: "/api/v1/results/stocks", query: "batch_request_id=" + batchID.String(), status: 200, contentType: "application/json",
			answer: `{"batchRequestId":"` + batchID.String() + `","status":"completed","items":[]}`,
			do: func(ctx context.Context, c *api.Client) (any, error) {
				return c.GetStockBatchResultsWithResponse(ctx, &generated.GetStockBatchResultsParams{BatchRequestID: batchID})
			}},
		{operation: "UpdateStocks", path: "/api/v1/stocks", body: `[{"quantity":3,"sku":"A1"}]`, status: 202, contentType: "application/json", answer: `{"batchRequestId":"` + batchID.String() + `"}`,
			do: func(ctx context.Context, c *api.Client) (any, error) {
				return c.UpdateStocksWithResponse(ctx, generated.UpdateStocksJSONRequestBody{{SKU: "A1", Quantity: 3}})
			}},
		{operation: "WebhookList", path: "/api/v1/webhooks/", status: 200, contentType: "application/json", answer: `[{"id":"` + batchID.String() + `","url":"https://x"}]`,
			do: func(ctx context.Context, c *api.Client) (any, error) { return c.WebhookListWithResponse(ctx) }},
		{operation: "WebhookCreate", path: "/api/v1/webhooks/", body: `{"url":"https://x"}`, status: 201, contentType: "application/json", answer: `{"id":"` + batchID.String() + `","url":"https://x"}`,
			do: func(ctx context.Context, c *api.Client) (any, error) {
				return c.WebhookCreateWithResponse(ctx, generated.WebhookCreateJSONRequestBody{URL: "https://x"})
			}},
		{operation: "WebhookDelete", path: "/api/v1/webhooks/" + batchID.String(), status: 204,
			do: func(ctx context.Context, c *api.Client) (any, error) {
				return c.WebhookDeleteWithResponse(ctx, batchID)
			}},
	}
}

func (c call) method(t *testing.T) string {
	t.Helper()
	for _, op := range generated.Operations {
		if op.Name == c.operation {
			return op.Method
		}
	}
	t.Fatalf("the spec has no %s", c.operation)
	return ""
}

func (c call) good() *http.Response { return answer(c.status, c.contentType, c.answer) }

// bodySet reports whether a result has its declared success body.
func bodySet(result any, status int) bool {
	field := reflect.ValueOf(result).Elem().FieldByName(fmt.Sprintf("JSON%d", status))
	return !field.IsValid() || !field.IsNil()
}

func each(t *testing.T, test func(t *testing.T, c call)) {
	seen := map[string]bool{}
	for i, c := range calls() {
		seen[c.operation] = true
		t.Run(fmt.Sprint(i, " ", c.operation), func(t *testing.T) { test(t, c) })
	}
	for _, op := range generated.Operations {
		if !seen[op.Name] {
			t.Errorf("%s is not exercised", op.Name)
		}
	}
}

func TestEveryOperationIsCalledWithTheKeyAndAnswers(t *testing.T) {
	each(t, func(t *testing.T, c call) {
		w := &wire{answer: func(int, request) (*http.Response, error) { return c.good(), nil }}
		result, err := c.do(t.Context(), client(t, w))
		if err != nil {
			t.Fatal(err)
		}
		if !bodySet(result, c.status) {
			t.Error("no error, and no body")
		}
		if c.check != nil {
			if err := c.check(result); err != nil {
				t.Error(err)
			}
		}
		r := w.requests[0]
		if r.key != key || r.method != c.method(t) || r.path != "/gateway"+c.path || r.query != c.query {
			t.Errorf("sent %s %s ? %s with key %q", r.method, r.path, r.query, r.key)
		}
		if mediaType, params, _ := mime.ParseMediaType(r.contentType); mediaType == "multipart/form-data" {
			parts, err := multipart.NewReader(bytes.NewReader(r.body), params["boundary"]).ReadForm(1 << 20)
			if err != nil {
				t.Fatal(err)
			}
			file, _ := parts.File["file"][0].Open()
			r.body, _ = io.ReadAll(file)
		}
		if string(r.body) != c.body {
			t.Errorf("sent %q, want %q", r.body, c.body)
		}
	})
}

// TestPathParametersCannotLeadElsewhere has values that would make another path of the operation's.
func TestPathParametersCannotLeadElsewhere(t *testing.T) {
	for _, sku := range []string{"", ".", ".."} {
		w := &wire{answer: func(int, request) (*http.Response, error) { return answer(404, "", ""), nil }}
		c := client(t, w)
		_, gotProduct := c.GetProductWithResponse(t.Context(), sku)
		_, gotImage := c.ReplaceImageWithBodyWithResponse(t.Context(), sku, "x.png", "image/png", strings.NewReader("x"))
		_, patched := c.PatchProductWithResponse(t.Context(), sku, generated.ProductPatchSchema{Name: ptr("Boot")})
		for _, err := range []error{gotProduct, gotImage, patched} {
			if err == nil || !strings.Contains(err.Error(), "is a path parameter empty or a dot?") {
				t.Errorf("parameter %q: error %v", sku, err)
			}
		}
		if len(w.requests) > 0 {
			t.Errorf("parameter %q: sent %v", sku, w.requests)
		}
	}
}

// TestRetries: a GET, PUT or DELETE is sent again after a 503 and after a cut connection, a POST or PATCH only where it
// was not processed.
func TestRetries(t *testing.T) {
	each(t, func(t *testing.T, c call) {
		idempotent := !slices.Contains([]string{"POST", "PATCH"}, c.method(t))
		for name, failure := range map[string]func() (*http.Response, error){
			"503": func() (*http.Response, error) { return answer(503, "text/html", "<html>"), nil },
			"connection cut after the request was written": func() (*http.Response, error) { return nil, io.ErrUnexpectedEOF },
			"body cut": func() (*http.Response, error) {
				resp := c.good()
				resp.StatusCode, resp.Body = 200, io.NopCloser(io.MultiReader(strings.NewReader(`{"`), cut{}))
				return resp, nil
			},
			"429": func() (*http.Response, error) {
				return answer(429, "application/json", `{"detail":"slow down"}`, "Retry-After", "1"), nil
			},
		} {
			t.Run(name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					w := &wire{answer: func(n int, _ request) (*http.Response, error) {
						if n == 1 {
							return failure()
						}
						return c.good(), nil
					}}
					result, err := c.do(t.Context(), client(t, w))
					if again := idempotent || name == "429"; again {
						if err != nil || !bodySet(result, c.status) || len(w.requests) != 2 || !bytes.Equal(w.requests[0].body, w.requests[1].body) {
							t.Errorf("error %v after %d requests", err, len(w.requests))
						}
						return
					}
					if err == nil || len(w.requests) != 1 {
						t.Errorf("error %v after %d requests, want one", err, len(w.requests))
					}
					if !errors.Is(err, api.ErrOutcomeUnknown) {
						t.Errorf("error %v, want ErrOutcomeUnknown", err)
					}
				})
			})
		}
	})
}

type cut struct{}

func (cut) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// TestErrors: every answer but a declared success is a typed error, and a nil error means that the body is set.
func TestErrors(t *testing.T) {
	each(t, func(t *testing.T, c call) {
		for _, tt := range []struct {
			resp     *http.Response
			sentinel error
			message  string
		}{
			{answer(400, "application/json", `{"detail":[{"loc":["body","payload",0,"sku"],"msg":"field required"}]}`), api.ErrBadRequest, "[body payload 0 sku]: field required"},
			{answer(401, "application/json", `{"message":"Unauthorized"}`), api.ErrUnauthorized, "Unauthorized"},
			{answer(404, "text/html", `<html><title>Not Found</title></html>`), api.ErrNotFound, "Not Found"},
			{answer(200, "text/html", `<html><title>Sign in</title></html>`), nil, "the spec declares"},
			{answer(299, "application/json", `{}`), nil, "the spec declares"},
		} {
			if (c.contentType == "" || tt.resp.StatusCode == 299) && tt.resp.StatusCode == c.status {
				continue
			}
			w := &wire{answer: func(int, request) (*http.Response, error) { return tt.resp, nil }}
			_, err := c.do(t.Context(), client(t, w))
			var apiErr *api.Error
			if !errors.As(err, &apiErr) || apiErr.StatusCode != tt.resp.StatusCode || !strings.Contains(apiErr.Message, tt.message) || tt.sentinel != nil && !errors.Is(err, tt.sentinel) {
				t.Errorf("a %d gives the error %v", tt.resp.StatusCode, err)
			}
			if err != nil && strings.Contains(fmt.Sprintf("%v %+v", err, err), key) {
				t.Errorf("the key is in the error")
			}
		}
	})
}

// TestEachOperationKeepsItsOwnLimit: as many calls as the spec allows go out at once, the next after a minute, and other
// operations do not wait for it.
func TestEachOperationKeepsItsOwnLimit(t *testing.T) {
	each(t, func(t *testing.T, c call) {
		limit := 0
		for _, op := range generated.Operations {
			if op.Name == c.operation {
				limit = op.RateLimit
			}
		}
		synctest.Test(t, func(t *testing.T) {
			w := &wire{answer: func(_ int, r request) (*http.Response, error) {
				if strings.HasSuffix(r.path, "/ping") {
					return answer(204, "", ""), nil
				}
				return c.good(), nil
			}}
			cl := client(t, w)
			start := time.Now()
			for range max(limit, 300) {
				if time.Since(start) > 0 {
					break
				}
				if _, err := c.do(t.Context(), cl); err != nil {
					t.Fatal(err)
				}
			}
			if limit == 0 && time.Since(start) != 0 {
				t.Errorf("an operation without a limit took %v", time.Since(start))
			}
			if limit == 0 {
				return
			}
			if n := len(w.requests); n != limit && n != limit+1 {
				t.Errorf("%d requests at once, want %d", n, limit)
			}
			if _, err := cl.PingWithResponse(t.Context()); err != nil {
				t.Error(err)
			}
			if _, err := c.do(t.Context(), cl); err != nil {
				t.Fatal(err)
			}
			if took := time.Since(start); took < time.Minute || took > time.Minute+time.Second {
				t.Errorf("the call after %d went after %v", limit, took)
			}
		})
	})
}

// stockPolls answers polls of one batch of stocks, which ends with the fifth.
func stockPolls() *wire {
	return &wire{answer: func(n int, _ request) (*http.Response, error) {
		status := "completed"
		if n < 5 {
			status = "processing"
		}
		return answer(200, "application/json", `{"batchRequestId":"`+batchID.String()+`","status":"`+status+`","items":[{"requestItem":{"sku":"A1","quantity":3},"success":false,"errors":["unknown sku"]}]}`), nil
	}}
}

func checkStocks(t *testing.T, w *wire, stocks *generated.StockResultsResponseSchema, err error) {
	t.Helper()
	if err != nil || len(w.requests) != 5 || stocks.Items[0].Success || stocks.Items[0].Errors[0] != "unknown sku" {
		t.Errorf("waited for %+v with %d polls, error %v", stocks, len(w.requests), err)
	}
}

// TestGainedBatchHasWaitMethods: the methods are generated with the operation.
func TestGainedBatchHasWaitMethods(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := stockPolls()
		stocks, err := client(t, w).WaitStockBatch(t.Context(), batchID)
		checkStocks(t, w, stocks, err)
	})
	synctest.Test(t, func(t *testing.T) {
		w := stockPolls()
		batches := 0
		for stocks, err := range client(t, w).WaitStockBatches(t.Context(), []uuid.UUID{batchID}) {
			batches++
			checkStocks(t, w, stocks, err)
		}
		if batches != 1 {
			t.Errorf("%d batches", batches)
		}
	})
}

// TestWaitServesAnyOperation: api.Wait takes a closure for an operation that has no methods of its own.
func TestWaitServesAnyOperation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := stockPolls()
		c := client(t, w)
		stocks, err := api.Wait(t.Context(), c, batchID, func(ctx context.Context, id uuid.UUID) (*generated.StockResultsResponseSchema, api.BatchStatus, error) {
			resp, err := c.GetStockBatchResultsWithResponse(ctx, &generated.GetStockBatchResultsParams{BatchRequestID: id})
			if err != nil {
				return nil, "", err
			}
			return resp.JSON200, api.BatchStatus(resp.JSON200.Status), nil
		})
		checkStocks(t, w, stocks, err)
	})
}

// TestFakeServesGainedBatches: a batch of the fake server's is one of any operation that gives the state of batches.
func TestFakeServesGainedBatches(t *testing.T) {
	s := apitest.NewServer()
	defer s.Close()
	id := s.AddBatch(apitest.Batch{Items: []generated.StockResultItemSchema{{Success: true}}})
	c, err := api.New(apitest.URL, apitest.Key, api.WithHTTPClient(s.HTTPClient()))
	if err != nil {
		t.Fatal(err)
	}
	stocks, err := c.WaitStockBatch(t.Context(), id)
	if err != nil || len(stocks.Items) != 1 || !stocks.Items[0].Success {
		t.Errorf("waited for %+v, error %v", stocks, err)
	}
}

// TestGainedOperationsAreScripted: the fake server knows every operation, and says how to make it answer.
func TestGainedOperationsAreScripted(t *testing.T) {
	s := apitest.NewServer()
	defer s.Close()
	parameter := regexp.MustCompile(`\{[^{}]*\}`)
	send := func(op operation.Operation) (int, string) {
		req, err := http.NewRequestWithContext(t.Context(), op.Method, apitest.URL+"/gateway"+parameter.ReplaceAllString(op.Path, "A%2F4711"), strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("X-API-Key", apitest.Key)
		resp, err := s.HTTPClient().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, string(body)
	}
	gained := 0
	for _, op := range generated.Operations {
		if op.Name == "GetShipOrderBatchResults" {
			continue
		}
		gained++
		if status, body := send(op); op.BatchParameter == "" && (status != http.StatusNotImplemented || !strings.Contains(body, "server.Handle(") || !strings.Contains(body, op.Name)) {
			t.Errorf("%s without a script: %d %s", op.Name, status, body)
		}
		s.Handle(op.Name, func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusAccepted)
			_, _ = io.WriteString(w, r.Method+" "+op.Name)
			if name := parameter.FindString(op.Path); name != "" && r.PathValue(strings.Trim(name, "{}")) != "A/4711" {
				t.Errorf("%s: parameter %s is %q", op.Name, name, r.PathValue(strings.Trim(name, "{}")))
			}
		})
		s.SetKey("another-key")
		if status, body := send(op); status != http.StatusUnauthorized {
			t.Errorf("%s with a wrong key: %d %s", op.Name, status, body)
		}
		s.SetKey(apitest.Key)
		if status, body := send(op); status != http.StatusAccepted || body != op.Method+" "+op.Name {
			t.Errorf("%s with a script: %d %s", op.Name, status, body)
		}
	}
	if gained < 16 {
		t.Errorf("%d operations gained", gained)
	}
}

// TestLists: all pages of a list, by number and by cursor, whatever the response says of where it ends.
func TestLists(t *testing.T) {
	products := func(ctx context.Context, c *api.Client, params *generated.ListProductsParams) iter.Seq2[string, error] {
		return func(yield func(string, error) bool) {
			for product, err := range c.AllProducts(ctx, params) {
				if !yield(product.SKU, err) {
					return
				}
			}
		}
	}
	stocks := func(ctx context.Context, c *api.Client, params *generated.GetStocksParams) iter.Seq2[string, error] {
		return func(yield func(string, error) bool) {
			for stock, err := range c.AllStocks(ctx, params) {
				if !yield(stock.SKU, err) {
					return
				}
			}
		}
	}
	page := func(pages string, skus ...string) string {
		var items []string
		for _, sku := range skus {
			items = append(items, `{"quantity":1,"sku":"`+sku+`"}`)
		}
		return `{"items":[` + strings.Join(items, ",") + `],"pagination":{` + pages + `}}`
	}
	for name, tt := range map[string]struct {
		list    func(ctx context.Context, c *api.Client) iter.Seq2[string, error]
		stop    string // at this item
		answers []string
		want    string // what was asked for, and got
	}{
		"by number": {
			list:    func(ctx context.Context, c *api.Client) iter.Seq2[string, error] { return products(ctx, c, nil) },
			answers: []string{page(`"totalPages":2`, "A", "B"), page(`"totalPages":2`, "C")},
			want:    "? A B ?page=2 C",
		},
		"from a number on": {
			list: func(ctx context.Context, c *api.Client) iter.Seq2[string, error] {
				return products(ctx, c, &generated.ListProductsParams{Page: ptr[int64](4), PerPage: ptr[int64](2)})
			},
			answers: []string{page(`"totalPages":5`, "A", "B"), page(`"totalPages":5`, "C")},
			want:    "?page=4&per_page=2 A B ?page=5&per_page=2 C",
		},
		"until a page is empty": {
			list:    func(ctx context.Context, c *api.Client) iter.Seq2[string, error] { return products(ctx, c, nil) },
			answers: []string{page("", "A"), page("")},
			want:    "? A ?page=2",
		},
		"until the next is null": {
			list: func(ctx context.Context, c *api.Client) iter.Seq2[string, error] {
				return func(yield func(string, error) bool) {
					for batch, err := range c.AllReturns(ctx, nil) {
						if !yield(batch.BatchRequestID.String()[:1], err) {
							return
						}
					}
				}
			},
			answers: []string{`{"count":2,"next":"https://x/?page=2","results":[{"batchRequestId":"` + batchID.String() + `"}]}`, `{"count":2,"next":null,"results":[{"batchRequestId":"` + batchID.String() + `"}]}`},
			want:    "? 6 ?page=2 6",
		},
		"by cursor": {
			list: func(ctx context.Context, c *api.Client) iter.Seq2[string, error] {
				return stocks(ctx, c, &generated.GetStocksParams{})
			},
			answers: []string{page(`"next_cursor":"c1"`, "A"), page(`"next_cursor":"https://x/?cursor=c2"`), page(`"next_cursor":null`, "B")},
			want:    "? A ?cursor=c1 ?cursor=c2 B",
		},
		"from a cursor on": {
			list: func(ctx context.Context, c *api.Client) iter.Seq2[string, error] {
				return stocks(ctx, c, &generated.GetStocksParams{Cursor: ptr("c7")})
			},
			answers: []string{page(`"next_cursor":""`, "A")},
			want:    "?cursor=c7 A",
		},
		"a cursor twice": {
			list:    func(ctx context.Context, c *api.Client) iter.Seq2[string, error] { return stocks(ctx, c, nil) },
			answers: []string{page(`"next_cursor":"c1"`, "A"), page(`"next_cursor":"c1"`, "B")},
			want: "? A ?cursor=c1 B sellerscenter: GET /gateway/api/v1/stocks: 200: the server gave the same next page twice" +
				" (1 attempt)",
		},
		"an error on the second page": {
			list:    func(ctx context.Context, c *api.Client) iter.Seq2[string, error] { return stocks(ctx, c, nil) },
			answers: []string{page(`"next_cursor":"c1"`, "A"), "400"},
			want:    "? A ?cursor=c1 sellerscenter: GET /gateway/api/v1/stocks: 400: Bad Request (1 attempt)",
		},
		"a page that breaks off": {
			list:    func(ctx context.Context, c *api.Client) iter.Seq2[string, error] { return stocks(ctx, c, nil) },
			answers: []string{page(`"next_cursor":"c1"`, "A"), "cut", page("", "B")},
			want:    "? A ?cursor=c1 ?cursor=c1 B",
		},
		"break out of the loop": {
			list:    func(ctx context.Context, c *api.Client) iter.Seq2[string, error] { return products(ctx, c, nil) },
			stop:    "B",
			answers: []string{page(`"totalPages":2`, "A", "B", "C")},
			want:    "? A B",
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var got []string
				w := &wire{answer: func(n int, r request) (*http.Response, error) {
					got = append(got, "?"+r.query)
					switch tt.answers[n-1] {
					case "400":
						return answer(400, "", ""), nil
					case "cut":
						resp := answer(200, "application/json", "")
						resp.Body = io.NopCloser(io.MultiReader(strings.NewReader(`{"items":[{"sku":"B"`), cut{}))
						return resp, nil
					}
					return answer(200, "application/json", tt.answers[n-1]), nil
				}}
				for item, err := range tt.list(t.Context(), client(t, w)) {
					if err != nil {
						item += err.Error()
					}
					got = append(got, item)
					if item == tt.stop {
						break
					}
				}
				if seen := strings.Join(got, " "); seen != tt.want {
					t.Errorf("got\n%s\nwant\n%s", seen, tt.want)
				}
			})
		})
	}
}

// TestListLeavesItsParams and a second loop asks for all pages again.
func TestListLeavesItsParams(t *testing.T) {
	w := &wire{answer: func(int, request) (*http.Response, error) {
		return answer(200, "application/json", `{"items":[{"sku":"A"}],"pagination":{"totalPages":4}}`), nil
	}}
	params := &generated.ListProductsParams{Page: ptr[int64](3)}
	all := client(t, w).AllProducts(t.Context(), params)
	for range 2 {
		for _, err := range all {
			if err != nil {
				t.Error(err)
			}
		}
	}
	if *params.Page != 3 || len(w.requests) != 4 || w.requests[2].query != "page=3" {
		t.Errorf("page %d, requests %v", *params.Page, w.requests)
	}
}

// TestPayloadOfAWebhook has a type, though no operation refers to it.
func TestPayloadOfAWebhook(t *testing.T) {
	var event generated.OrderEventSchema
	err := json.Unmarshal([]byte(`{"id":"`+batchID.String()+`","orderId":4294967311}`), &event)
	if err != nil || event != (generated.OrderEventSchema{ID: batchID, OrderID: 4294967311}) {
		t.Errorf("event %v, error %v", event, err)
	}
}

// TestRoundTrip: what the API sends is what the client would send, and absent and null are both nil.
func TestRoundTrip(t *testing.T) {
	for name, text := range map[string]string{
		"all there": `{"id":9007199254740993,"state":"shipped","previousState":"pending","cancelReason":"2nd_choice","returnReason":"wrong_size","urgency":2,
			"priority":1,"client":{"id":4294967311,"vatId":"DE1"},"createdAt":"2026-11-01T08:30:00.123456Z","shippedAt":"2026-11-02T09:30:00+01:00","dueOn":"2026-11-05",
			"total":"19.90","weight":0.1,"note":"ä \u2028 \u0000","reference":9007199254740993,"billing":{"name":"A","company":"B","email":"not an address","website":"https://x","country":"DE"},
			"shipping":{"name":"A"},"labels":["a",""],"attributes":{"a":"b","c":null},"counts":{"x":9007199254740993},"extra":{"deep":[1,{"a":null}]},"anything":[null,true],
			"parent":` + order + `,"payment":{"kind":"invoice","days":30},"items":[{"id":4294967311,"sku":"A1","price":"1.00","taxRate":"0.19","unknown":{"kept":true}},{"id":2,"sku":"B","price":"2","taxRate":0.07}]}`,
		"the least":                              order,
		"states that this version does not know": strings.Replace(order, "completed", "teleported", 1),
	} {
		t.Run(name, func(t *testing.T) {
			var o generated.OrderSchema
			if err := json.Unmarshal([]byte(text), &o); err != nil {
				t.Fatal(err)
			}
			back, err := json.Marshal(o)
			if err != nil {
				t.Fatal(err)
			}
			if got, want := canonical(t, back), canonical(t, []byte(text)); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
	t.Run("null everywhere", func(t *testing.T) {
		var nulls, absent generated.OrderSchema
		fields := map[string]any{}
		for i := range reflect.TypeFor[generated.OrderSchema]().NumField() {
			name, _, _ := strings.Cut(reflect.TypeFor[generated.OrderSchema]().Field(i).Tag.Get("json"), ",")
			fields[name] = nil
		}
		body, _ := json.Marshal(fields)
		if err := json.Unmarshal(body, &nulls); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal([]byte(`{}`), &absent); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(nulls, absent) || nulls.Urgency != nil || nulls.Payment != nil || nulls.Reference != nil || nulls.ShippedAt != nil {
			t.Errorf("null gives %+v, absent %+v", nulls, absent)
		}
	})
}

// canonical is JSON with sorted keys and numbers as they are written.
func canonical(t *testing.T, text []byte) string {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	out, _ := json.Marshal(v)
	return string(out)
}

// TestRealHTTP uploads a file over a socket, through a 429 that the client waits out.
func TestRealHTTP(t *testing.T) {
	var got []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		file, _, err := r.FormFile("file")
		if err != nil {
			t.Error(err)
			return
		}
		body, _ := io.ReadAll(file)
		got = append(got, r.Header.Get("X-API-Key")+" "+r.FormValue("caption")+" "+string(body))
		if len(got) == 1 {
			w.Header().Set("Retry-After", "0")
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusCreated)
		io.WriteString(w, `{"id":7}`)
	}))
	defer server.Close()
	c, err := api.New(server.URL, key)
	if err != nil {
		t.Fatal(err)
	}
	contentType, body := form(map[string]string{"caption": "left"}, "PNG")
	resp, err := c.UploadImageWithBodyWithResponse(t.Context(), "A1", contentType, bytes.NewReader(body))
	if err != nil || resp.JSON201.ID != 7 || len(got) != 2 || got[0] != key+" left PNG" || got[1] != got[0] {
		t.Errorf("error %v, the server got %q", err, got)
	}
}

// Example_submitAndWait is a test of a program that submits, waits, and looks at each item. UpdateStocks is declared
// with a 202, ShipOrders with a 200.
func Example_submitAndWait() {
	server := apitest.NewServer()
	defer server.Close()
	apitest.HandleSubmission(server, "UpdateStocks", func(stocks []generated.StockItemSchema) apitest.Batch {
		var items []generated.StockResultItemSchema
		for _, stock := range stocks {
			item := generated.StockResultItemSchema{RequestItem: stock, Success: stock.Quantity > 0}
			if !item.Success {
				item.Errors = []string{"none left"}
			}
			items = append(items, item)
		}
		return apitest.Batch{Statuses: []api.BatchStatus{api.StatusPending, api.StatusCompleted}, Items: items}
	})
	apitest.HandleSubmission(server, "ShipOrders", func(json.RawMessage) apitest.Batch {
		return apitest.Batch{Statuses: []api.BatchStatus{api.StatusFailed}}
	})
	client, err := api.New(apitest.URL, apitest.Key, api.WithHTTPClient(server.HTTPClient()))
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	sent, err := client.UpdateStocksWithResponse(ctx, generated.UpdateStocksJSONRequestBody{{Quantity: 3}, {Quantity: 0}})
	if err != nil {
		fmt.Println(err)
		return
	}
	stocks, err := client.WaitStockBatch(ctx, sent.JSON202.BatchRequestID)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, item := range stocks.Items {
		fmt.Println(item.RequestItem.Quantity, item.Success, item.Errors)
	}
	shipped, err := client.ShipOrdersWithResponse(ctx, generated.ShipOrdersJSONRequestBody{{CarrierKey: "DHL_STD_NATIONAL", OrderItems: []int64{4294967311}}})
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = client.WaitShipOrderBatch(ctx, shipped.JSON200.BatchRequestID)
	fmt.Println(errors.Is(err, api.ErrBatchFailed))
	// Output:
	// 3 true []
	// 0 false [none left]
	// true
}
