package redislimit_test

import (
	"testing"

	"github.com/sellerscenter/client-go/api"
)

// BenchmarkCall makes calls on loopback, one after the other, without and with a shared limit, and
// tells how many commands each call costs.
func BenchmarkCall(b *testing.B) {
	for _, isShared := range []bool{false, true} {
		name := "alone"
		if isShared {
			name = "shared"
		}
		b.Run(name, func(b *testing.B) {
			m := newMarketplace(b, 0)
			db := newStore(b).client(b)
			opts := []api.Option{api.WithRateLimit(1 << 20)} // more than is reached
			if isShared {
				opts = append(opts, share(db))
			}
			client, _ := m.newClient(b, opts...)
			for b.Loop() {
				if _, err := call(b.Context(), client, m.batch); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(questions(b, db))/float64(b.N), "questions/op")
		})
	}
}
