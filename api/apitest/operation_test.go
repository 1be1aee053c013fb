package apitest

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/sellerscenter/client-go/api"
	"github.com/sellerscenter/client-go/internal/operation"
)

// grown is the table of a spec that has more operations than the one of today.
var grown = operation.Table{
	{Name: "GetStockResults", Method: "GET", Path: "/api/v2/stocks/{batch}/results", BatchParameter: "batch"},
	{Name: "GetPriceResults", Method: "GET", Path: "/api/v2/prices/batch-{id}.json", BatchParameter: "id"},
	{Name: "GetProductResults", Method: "GET", Path: "/api/v2/products/{shop}", BatchParameter: "batch"},
	{
		Name: "GetImage", Method: "GET", Path: "/api/v2/images/{sku}/{width}x{height}",
		Success: []operation.Success{{Status: "200", ContentTypes: []string{"image/png"}}},
	},
	{Name: "ListOrders", Method: "GET", Path: "/api/v2/orders"},
	{
		Name: "UpdateStocks", Method: "PUT", Path: "/api/v2/stocks",
		Success: []operation.Success{
			{Status: "201"}, {Status: "202", ContentTypes: []string{"application/json"}},
		},
	},
}

var submitted = uuid.MustParse("6f1f7a3e-3c1d-4a53-9d8e-0f6f5c1f4f7e")

func exchange(s *Server, method, path, body string) (int, string) {
	w := httptest.NewRecorder()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("X-API-Key", Key)
	s.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

// TestBatchOperations: each of them has every batch, whether the ID is in its path or its query.
func TestBatchOperations(t *testing.T) {
	s := NewServer()
	s.operations = grown
	id := s.AddBatch(Batch{Items: []map[string]string{{"sku": "A1"}}}).String()
	unknown := uuid.NewString()
	for _, tt := range []struct {
		path   string
		status int
		says   string
	}{
		{"/api/v2/stocks/" + id + "/results", 200, id + `","status":"completed","items":[{"sku":"A1"}]}`},
		{"/gateway/api/v2/stocks/" + id + "/results", 200, id},
		{"/api/v2/stocks/" + unknown + "/results", 404, "batch request not found"},
		{"/api/v2/stocks/4711/results?batch=" + id, 400, "batch must be a UUID"},
		{"/api/v2/prices/batch-" + id + ".json", 200, id},
		{"/api/v2/products/de?batch=" + id, 200, id},
		{"/api/v2/products/" + id, 400, "batch must be a UUID"},
		{"/api/v2/stocks", 405, "method not allowed"},
		{"/api/v2/images/A1/1x1", 501, `server.Handle(\"GetImage\", func(`},
	} {
		status, body := exchange(s, "GET", tt.path, "")
		if status != tt.status || !strings.Contains(body, tt.says) {
			t.Errorf("%s: %d %s, want %d with %s", tt.path, status, body, tt.status, tt.says)
		}
	}
}

// TestPathValues: a script gets the parameters that have a segment of their own.
func TestPathValues(t *testing.T) {
	s := NewServer()
	s.operations = grown
	script := func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, r.PathValue("batch")+r.PathValue("sku")+r.PathValue("width"))
	}
	s.Handle("GetStockResults", script)
	s.Handle("GetImage", script)
	_, results := exchange(s, "GET", "/api/v2/stocks/A%2F1/results", "")
	_, image := exchange(s, "GET", "/gateway/api/v2/images/A%2F1/10x20", "")
	if results != "A/1" || image != "A/1" {
		t.Errorf("bodies %q, %q, want the values that have a segment of their own", results, image)
	}
}

// TestSubmissionBecomesABatch with the status that the spec declares for it, once its body decodes.
func TestSubmissionBecomesABatch(t *testing.T) {
	s := NewServer()
	s.operations = grown
	HandleSubmission(s, "UpdateStocks", func(skus []string) Batch {
		return Batch{ID: submitted, Statuses: []api.BatchStatus{"pending", "completed"}, Items: skus}
	})
	results := "/api/v2/stocks/" + submitted.String() + "/results"
	envelope := `200 {"batchRequestId":"` + submitted.String() + `","status":"`
	for _, tt := range []struct{ method, path, body, want string }{
		{"PUT", "/api/v2/stocks", `{}`, `400 {"message":"apitest: the body does not decode: json: `},
		{"GET", results, ``, `404 `},
		{"PUT", "/api/v2/stocks", `["A1","A2"]`, `202 {"batchRequestId":"` + submitted.String() + `"}`},
		{"GET", results, ``, envelope + `pending","items":[]}`},
		{"GET", results, ``, envelope + `completed","items":["A1","A2"]}`},
		{"PUT", "/api/v2/stocks", ``, `202 {"batchRequestId":"` + submitted.String() + `"}`},
		{"GET", results, ``, envelope + `pending","items":[]}`},
	} {
		status, body := exchange(s, tt.method, tt.path, tt.body)
		if got := fmt.Sprint(status, " ", body); !strings.HasPrefix(got, tt.want) {
			t.Errorf("%s %s: %s, want %s", tt.method, tt.path, got, tt.want)
		}
	}
}

// TestListInPages of 20 items, by number and by cursor.
func TestListInPages(t *testing.T) {
	s := NewServer()
	s.operations = grown
	HandleList(s, "ListOrders", func(r *http.Request) []string {
		return slices.Repeat([]string{r.FormValue("sku")}, 21)
	})
	const full = `["A1","A1","A1","A1","A1","A1","A1","A1","A1","A1",` +
		`"A1","A1","A1","A1","A1","A1","A1","A1","A1","A1"]`
	const next = `"cursor":"2","next":"2","next_cursor":"2","pages":2,"total_pages":2}`
	const pages = `"pages":2,"total_pages":2}`
	const first = `200 {"cursor":"2","items":` + full +
		`,"next":"2","next_cursor":"2","pages":2,"pagination":{` + next + `,"total_pages":2}`
	const last = `"pages":2,"pagination":{` + pages + `,"total_pages":2}`
	for query, want := range map[string]string{
		"":          first,
		"&page=1":   first,
		"&page=2":   `200 {"items":["A1"],` + last,
		"&cursor=2": `200 {"items":["A1"],` + last,
		"&page=3":   `200 {"items":[],` + last,
		"&page=0":   `400 {"message":"apitest: \"0\" is not a page of this list"}`,
		"&cursor=x": `400 {"message":"apitest: \"x\" is not a page of this list"}`,
	} {
		status, body := exchange(s, "GET", "/api/v2/orders?sku=A1"+query, "")
		if got := fmt.Sprint(status, " ", body); got != want+"\n" {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
}

func TestSubmissionNeedsASuccessInJSON(t *testing.T) {
	const want = "apitest: HandleSubmission: the spec declares [200 image/png] for GetImage, which is no"
	s := NewServer()
	s.operations = grown
	defer func() {
		if text := fmt.Sprint(recover()); !strings.HasPrefix(text, want) {
			t.Errorf("panic %q, want %q", text, want)
		}
	}()
	HandleSubmission(s, "GetImage", func(any) Batch { return Batch{} })
}
