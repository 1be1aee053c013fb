package redislimit_test

import (
	"testing"

	"github.com/sellerscenter/client-go/api"
)

// BenchmarkCall makes calls on loopback, one after the other, without and with a shared limit, and
// tells how many commands each call costs.
func BenchmarkCall(b *testing.B) {
	const perMinute = 1 << 20 // more than is reached
	for _, isShared := range []bool{false, true} {
		name := "alone"
		if isShared {
			name = "shared"
		}
		b.Run(name, func(b *testing.B) {
			m := newMarketplace(b, 0)
			opts := []api.Option{api.WithRateLimit(perMinute)}
			counter := &commands{}
			if isShared {
				db := newStore(b).client(b)
				db.AddHook(counter)
				opts = append(opts, share(db))
			}
			client, _ := m.newClient(b, opts...)
			for b.Loop() {
				if _, err := call(b.Context(), client, m.batch); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(counter.n.Load())/float64(b.N), "commands/op")
		})
	}
}
