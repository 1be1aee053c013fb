// Package peers measures a call with this client beside other ways to make it. Its benchmarks are for
// benchstat to compare; only ratios within one run mean anything.
package peers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"testing"
	"time"

	"github.com/sellerscenter/client-go/generated"
)

// BenchmarkCall names its cases for benchstat, which compares the clients in each.
func BenchmarkCall(b *testing.B) {
	// A process is slow at first, which the client that is measured first would be charged with.
	do := open(b, clients[0], "loopback", 1)
	for began := time.Now(); time.Since(began) < 200*time.Millisecond; {
		if _, err := bounded(b.Context(), do); err != nil {
			b.Fatal(err)
		}
	}
	for _, over := range []string{"loopback", "memory"} {
		for _, items := range []int{1, 100, 10_000} {
			for _, c := range clients {
				b.Run(fmt.Sprintf("over=%s/items=%d/client=%s", over, items, c.name), func(b *testing.B) {
					do := open(b, c, over, items)
					b.ReportAllocs()
					for b.Loop() {
						if _, err := bounded(b.Context(), do); err != nil {
							b.Fatal(err)
						}
					}
				})
			}
		}
	}
}

// open returns a call that has been made once, so that connections and the codec's caches are
// there, and that has decoded the very batch that the server sent.
func open(tb testing.TB, c client, over string, items int) call {
	tb.Helper()
	server := newServer(items)
	url := "http://localhost"
	transport := http.RoundTripper(server)
	if over == "loopback" {
		listening := httptest.NewServer(server)
		tb.Cleanup(listening.Close)
		url = listening.URL
		transport = listening.Client().Transport
	}
	do, err := c.open(url, transport)
	if err != nil {
		tb.Fatal(err)
	}
	decoded, err := bounded(tb.Context(), do)
	source, _ := json.Marshal(decoded)
	got := new(generated.ShipmentOrderResultsResponseSchema) // a type to compare all clients in
	err = errors.Join(err, json.Unmarshal(source, got))
	if err != nil || !reflect.DeepEqual(got, newBatch(items)) {
		tb.Fatalf("decoded %d items, or something else than the server sent; want %d; error %v",
			len(got.Items), items, err)
	}
	return do
}

// bounded makes a call with a deadline, as a user's program would.
func bounded(ctx context.Context, do call) (any, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	return do(ctx)
}

func TestAllClientsDecodeTheSame(t *testing.T) {
	for _, c := range clients {
		for _, over := range []string{"loopback", "memory"} {
			t.Run(c.name+"/"+over, func(t *testing.T) { open(t, c, over, 100) })
		}
	}
}
