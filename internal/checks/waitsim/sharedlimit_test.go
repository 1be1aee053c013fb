package waitsim

import (
	"fmt"
	"os"
	"sync"
	"testing"
	"testing/synctest"
	"text/tabwriter"
	"time"

	"github.com/sellerscenter/client-go/api"
	"github.com/sellerscenter/client-go/api/apitest"
)

// counted is how the clients of a simulation count their requests.
type counted struct {
	clients int
	shared  bool
	// silent says that the server does not tell of its limit.
	silent bool
}

// simulateClients runs clients with one key that divide the batches of a scenario among them.
func simulateClients(t *testing.T, s setting, scenario Scenario, c counted, seeds int) *outcome {
	t.Helper()
	o := &outcome{}
	for seed := range seeds {
		synctest.Test(t, func(t *testing.T) {
			time.Sleep(time.Duration(seed) * 13700 * time.Millisecond)
			server, ids := s.newServer(scenario, seed)
			server.Silent = c.silent
			var opts []api.Option
			if c.shared {
				opts = append(opts, api.WithSharedLimit(&apitest.SharedLimit{}))
			}
			var mu sync.Mutex
			var clients sync.WaitGroup
			for i := range c.clients {
				share := ids[i*len(ids)/c.clients : (i+1)*len(ids)/c.clients]
				clients.Go(func() {
					for batch, err := range newClient(t, server, opts...).WaitShipOrderBatches(t.Context(), share) {
						if err != nil {
							t.Error(err)
							continue
						}
						mu.Lock()
						o.delays = append(o.delays, server.Delay(batch.BatchRequestID))
						mu.Unlock()
					}
				})
			}
			clients.Wait()
			o.requests += server.Requests()
			o.refused += server.Refused()
		})
	}
	return o
}

// sharedSettings are those at which clients with a shared limit are held to their goals.
func sharedSettings() []setting { return settings(countings[:2]) }

// TestSharedLimit lets 1 to 16 clients share a limit for 400 waits: none of their requests is
// refused, and the mean delay is nearly that of one client with all the waits.
func TestSharedLimit(t *testing.T) {
	const seeds = 3
	for _, s := range sharedSettings() {
		for _, silent := range []bool{false, true} {
			t.Run(fmt.Sprintf("%v/silent %v", s, silent), func(t *testing.T) {
				t.Parallel()
				one := simulateClients(t, s, batches(400), counted{clients: 1, silent: silent}, seeds)
				for _, n := range []int{1, 2, 4, 8, 16} {
					c := counted{clients: n, shared: true, silent: silent}
					o := simulateClients(t, s, batches(400), c, seeds)
					ratio := float64(o.mean()) / float64(one.mean())
					t.Logf("%2d clients: %d requests, %d refused, mean delay %v, %.2f of one client's",
						n, o.requests, o.refused, o.mean().Round(time.Millisecond), ratio)
					if o.refused > 0 || len(o.delays) != 400*seeds {
						t.Errorf("%d clients: %d refused, %d batches known", n, o.refused, len(o.delays))
					}
					if ratio > 1.1 {
						t.Errorf("%d clients: the mean delay is %.2f of one client's", n, ratio)
					}
				}
			})
		}
	}
}

// TestSharedLimitTable prints clients that share a limit beside those that count alone.
func TestSharedLimitTable(t *testing.T) {
	if os.Getenv("WAITSIM_TABLE") == "" {
		t.Skip("a report that takes a while: make bench-shared prints it")
	}
	const seeds = 3
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 1, ' ', 0)
	fmt.Fprintln(w, "| server\t| headers\t| clients\t| refused alone\t| shared\t| mean delay alone\t| shared\t|")
	fmt.Fprintln(w, "| ---\t| ---\t| ---\t| ---\t| ---\t| ---\t| ---\t|")
	for _, s := range settings(countings[:2]) {
		if !s.steady {
			continue
		}
		for _, silent := range []bool{false, true} {
			for _, n := range []int{1, 2, 4, 8, 16} {
				alone := simulateClients(t, s, batches(400), counted{clients: n, silent: silent}, seeds)
				shared := simulateClients(t, s, batches(400), counted{n, true, silent}, seeds)
				fmt.Fprintf(w, "| %s\t| %v\t| %d\t| %.1f %%\t| %.1f %%\t| %s\t| %s\t|\n", s.counting.name, !silent, n,
					alone.refusedPercent(), shared.refusedPercent(), inSeconds(alone.mean()), inSeconds(shared.mean()))
			}
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
}

func (o *outcome) refusedPercent() float64 { return 100 * float64(o.refused) / float64(o.requests) }
