package apitest

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/sellerscenter/client-go/internal/operation"
)

// grown is the table of a spec that has more operations than the one of today.
var grown = operation.Table{
	{Name: "GetStockResults", Method: "GET", Path: "/api/v2/stocks/{batch}/results", BatchParameter: "batch"},
	{Name: "GetPriceResults", Method: "GET", Path: "/api/v2/prices/batch-{id}.json", BatchParameter: "id"},
	{Name: "GetProductResults", Method: "GET", Path: "/api/v2/products/{shop}", BatchParameter: "batch"},
	{Name: "GetImage", Method: "GET", Path: "/api/v2/images/{sku}/{width}x{height}"},
	{Name: "UpdateStocks", Method: "PUT", Path: "/api/v2/stocks"},
}

func exchange(s *Server, method, path string) (int, string) {
	w := httptest.NewRecorder()
	r := httptest.NewRequest(method, path, strings.NewReader(""))
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
		status, body := exchange(s, "GET", tt.path)
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
	_, results := exchange(s, "GET", "/api/v2/stocks/A%2F1/results")
	_, image := exchange(s, "GET", "/gateway/api/v2/images/A%2F1/10x20")
	if results != "A/1" || image != "A/1" {
		t.Errorf("bodies %q, %q, want the values that have a segment of their own", results, image)
	}
}
