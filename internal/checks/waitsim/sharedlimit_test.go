package waitsim

import (
	"context"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
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

// sharedSeeds is how often a simulation of several clients is run.
const sharedSeeds = 3

// simulateClients runs clients with one key that divide the batches of a scenario among them.
func simulateClients(t *testing.T, s setting, scenario Scenario, c counted) *outcome {
	t.Helper()
	o := &outcome{}
	for seed := range sharedSeeds {
		synctest.Test(t, func(t *testing.T) {
			time.Sleep(time.Duration(seed) * 13700 * time.Millisecond)
			server, ids := s.newServer(scenario, seed)
			server.Silent = c.silent
			var opts []api.Option
			var asked atomic.Int64
			if c.shared {
				limit := &apitest.SharedLimit{Err: func(context.Context) error {
					asked.Add(1)
					return nil
				}}
				opts = append(opts, api.WithSharedLimit(limit))
			}
			var mu sync.Mutex
			var clients sync.WaitGroup
			for i := range c.clients {
				share := ids[i*len(ids)/c.clients : (i+1)*len(ids)/c.clients]
				client := newClient(t, server, opts...)
				clients.Go(func() {
					for batch, err := range client.WaitShipOrderBatches(t.Context(), share) {
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
			o.asked += int(asked.Load())
		})
	}
	return o
}

// sharedSettings are those at which clients with a shared limit are held to their goals.
func sharedSettings() []setting { return settings(countings[:2]) }

// TestSharedLimit lets 1 to 64 clients share a limit for 400 waits: none of their requests is
// refused, and the mean delay is nearly that of one client with all the waits.
func TestSharedLimit(t *testing.T) {
	for _, s := range sharedSettings() {
		for _, silent := range []bool{false, true} {
			t.Run(fmt.Sprintf("%v/silent %v", s, silent), func(t *testing.T) {
				t.Parallel()
				one := simulateClients(t, s, batches(400), counted{clients: 1, silent: silent})
				for _, n := range []int{1, 4, 16, 64} {
					c := counted{clients: n, shared: true, silent: silent}
					o := simulateClients(t, s, batches(400), c)
					ratio := float64(o.mean()) / float64(one.mean())
					t.Logf("%2d clients: %d requests, %d refused, mean delay %v, %.2f of one client's, "+
						"%s questions a request", n, o.requests, o.refused, o.mean().Round(time.Millisecond),
						ratio, o.questions())
					if o.refused > 0 || len(o.delays) != 400*sharedSeeds {
						t.Errorf("%d clients: %d refused, %d batches known", n, o.refused, len(o.delays))
					}
					if ratio > 1.2 {
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
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 1, ' ', 0)
	row := func(cells ...any) {
		for _, cell := range cells {
			fmt.Fprintf(w, "| %v\t", cell)
		}
		fmt.Fprintln(w, "|")
	}
	row("server", "headers", "clients", "refused alone", "shared", "mean delay alone", "shared", "questions")
	row("---", "---", "---", "---", "---", "---", "---", "---")
	for _, s := range sharedSettings() {
		if !s.steady {
			continue
		}
		for _, silent := range []bool{false, true} {
			for _, n := range []int{1, 4, 16, 64} {
				alone := simulateClients(t, s, batches(400), counted{clients: n, silent: silent})
				shared := simulateClients(t, s, batches(400), counted{n, true, silent})
				row(s.counting.name, headersOf(silent), n, alone.refusedPercent(), shared.refusedPercent(),
					inSeconds(alone.mean()), inSeconds(shared.mean()), shared.questions())
			}
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
}

func headersOf(silent bool) string {
	if silent {
		return "no"
	}
	return "yes"
}

func (o *outcome) refusedPercent() string {
	return fmt.Sprintf("%.1f %%", 100*float64(o.refused)/float64(o.requests))
}

// questions returns how often the shared limit was asked for each request.
func (o *outcome) questions() string {
	return fmt.Sprintf("%.1f", float64(o.asked)/float64(o.requests))
}
