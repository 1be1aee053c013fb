package api_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/sellerscenter/client-go/api"
	"github.com/sellerscenter/client-go/generated"
)

// BenchmarkCall measures a call over loopback with this client and with the plain generated one, in the same run: only
// their ratio means anything.
func BenchmarkCall(b *testing.B) {
	for _, items := range []int{1, 100, 10_000} {
		var result generated.ShipmentOrderResultsResponseSchema
		if err := json.Unmarshal([]byte(completed), &result); err != nil {
			b.Fatal(err)
		}
		for len(result.Items) < items {
			result.Items = append(result.Items, result.Items[0])
		}
		body, err := json.Marshal(result)
		if err != nil {
			b.Fatal(err)
		}
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write(body)
		}))
		plain, err := generated.NewClientWithResponses(server.URL, generated.WithRequestEditorFn(func(_ context.Context, r *http.Request) error {
			r.Header.Set("X-API-Key", markedKey)
			return nil
		}))
		if err != nil {
			b.Fatal(err)
		}
		client, err := api.New(server.URL, markedKey, api.WithoutRateLimit())
		if err != nil {
			b.Fatal(err)
		}
		for _, peer := range []struct {
			name string
			generated.ClientWithResponsesInterface
		}{{"plain", plain}, {"client", client}} {
			b.Run(fmt.Sprintf("items=%d/%s", items, peer.name), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					resp, err := peer.GetShipOrderBatchResultsWithResponse(b.Context(), &generated.GetShipOrderBatchResultsParams{BatchRequestID: batchID})
					if err != nil || len(resp.JSON200.Items) != items {
						b.Fatal(err)
					}
				}
			})
		}
		server.Close()
	}
}
