package waitsim

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"text/tabwriter"
	"time"

	"github.com/google/uuid"

	"github.com/sellerscenter/client-go/api"
	"github.com/sellerscenter/client-go/generated"
)

var counters = []struct {
	name string
	new  func() Counter
	// refused is the share of requests that may draw a 429 from this client.
	refused float64
}{
	{"sliding log", func() Counter { return &SlidingLog{} }, 0},
	{"fixed window", func() Counter { return &FixedWindow{} }, 0},
	{"weighted counter", func() Counter { return &WeightedCounter{} }, 0.02},
}

var latencies = []struct {
	name    string
	latency func(*rand.Rand) time.Duration
}{
	{"80 ms", Fixed(80 * time.Millisecond)},
	{"20 to 800 ms", Between(20*time.Millisecond, 800*time.Millisecond)},
}

// seeds is how often each case is run; with few batches chance weighs more.
func seeds(batches int) int { return max(5, 60/batches) }

// run is what came of some seeds.
type run struct {
	requests, refused int
	delays            []time.Duration // from done to known
	last              time.Duration   // until the last was known, the longest of the seeds
	failed            error
}

func (r *run) mean() time.Duration {
	var sum time.Duration
	for _, d := range r.delays {
		sum += d
	}
	return sum / time.Duration(max(len(r.delays), 1))
}

func (r *run) p95() time.Duration {
	if len(r.delays) == 0 {
		return 0
	}
	slices.Sort(r.delays)
	return r.delays[len(r.delays)*95/100]
}

// simulate runs a client of n batches against a server, once a seed, for at most an hour each. The start is shifted against
// the clock's minutes.
func simulate(t *testing.T, c Client, counter func() Counter, latency func(*rand.Rand) time.Duration, n int) *run {
	t.Helper()
	r := &run{}
	for seed := range uint64(seeds(n)) {
		synctest.Test(t, func(t *testing.T) {
			time.Sleep(time.Duration(seed) * 13700 * time.Millisecond)
			server, ids := NewServer(counter(), latency, n, seed)
			ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
			defer cancel()
			start := time.Now()
			var mu sync.Mutex
			if err := c.Wait(ctx, server, ids, func(id uuid.UUID) {
				mu.Lock()
				defer mu.Unlock()
				r.delays = append(r.delays, time.Since(server.Done(id)))
				r.last = max(r.last, time.Since(start))
			}); err != nil {
				r.failed = err
			}
			r.requests += server.Requests
			r.refused += server.Refused
		})
	}
	return r
}

// TestWait simulates this client in every case, and holds it to its goals.
func TestWait(t *testing.T) {
	goals := map[int]struct{ mean, last time.Duration }{
		1:    {mean: 2 * time.Second},
		20:   {mean: 2600 * time.Millisecond},
		50:   {mean: 5 * time.Second},
		200:  {mean: 24 * time.Second},
		1000: {last: 380 * time.Second},
	}
	for _, c := range counters {
		for _, l := range latencies {
			for _, n := range []int{1, 20, 50, 200, 1000} {
				t.Run(fmt.Sprint(c.name, "/", l.name, "/", n), func(t *testing.T) {
					r := simulate(t, Clients[0], c.new, l.latency, n)
					t.Logf("%d requests, %d refused, mean %v, p95 %v, last %v", r.requests, r.refused, r.mean(), r.p95(), r.last)
					if r.failed != nil || len(r.delays) != n*seeds(n) {
						t.Errorf("%d of %d batches known, error %v", len(r.delays), n*seeds(n), r.failed)
					}
					if float64(r.refused) > c.refused*float64(r.requests) {
						t.Errorf("%d of %d requests refused, want at most %v of them", r.refused, r.requests, c.refused)
					}
					if l.name != "80 ms" {
						return
					}
					if goal := goals[n]; goal.mean > 0 && r.mean() > goal.mean || goal.last > 0 && r.last > goal.last {
						t.Errorf("mean %v, last %v, want at most %v", r.mean(), r.last, goal)
					}
				})
			}
		}
	}
}

// TestWaitTable prints this client beside the others. It is a report; TestWait holds this client to its goals.
func TestWaitTable(t *testing.T) {
	if os.Getenv("WAITSIM_TABLE") == "" {
		t.Skip("a report that takes a while: make bench-wait prints it")
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	for _, c := range counters {
		for _, l := range latencies {
			fmt.Fprintf(w, "\n%s, latency %s\t\t\t\t\t\t\t\n", c.name, l.name)
			fmt.Fprintf(w, "client\tbatches\tknown\trequests\t429s\tmean delay\tp95 delay\tlast known\t\n")
			for _, n := range []int{1, 20, 50, 200, 1000} {
				for _, client := range Clients {
					r := simulate(t, client, c.new, l.latency, n)
					seconds := func(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }
					fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t%s\t%s\t%s\t\n", client.Name, n, len(r.delays)/seeds(n), r.requests/seeds(n), r.refused/seeds(n),
						seconds(r.mean()), seconds(r.p95()), seconds(r.last))
				}
			}
		}
	}
	if err := w.Flush(); err != nil {
		t.Error(err)
	}
}

func newClient(t testing.TB, server http.RoundTripper) *api.Client {
	t.Helper()
	c, err := api.New(baseURL, "key", api.WithHTTPClient(&http.Client{Transport: server}))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestSharedKey lets four clients with one key, each with 100 waits, find each other by the server's headers alone.
func TestSharedKey(t *testing.T) {
	for _, l := range latencies {
		t.Run(l.name, func(t *testing.T) {
			requests, refused := 0, 0
			for seed := range uint64(seeds(100)) {
				synctest.Test(t, func(t *testing.T) {
					server, ids := NewServer(&SlidingLog{}, l.latency, 400, seed)
					start := time.Now()
					known := make([]int, 4)
					var clients sync.WaitGroup
					for i := range 4 {
						clients.Go(func() {
							for _, err := range newClient(t, server).WaitShipOrderBatches(t.Context(), ids[100*i:100*i+100]) {
								if err != nil {
									t.Error(err)
									continue
								}
								known[i]++
							}
						})
					}
					clients.Wait()
					t.Logf("known %v after %v: %d requests, %d refused", known, time.Since(start).Round(time.Second), server.Requests, server.Refused)
					if !slices.Equal(known, []int{100, 100, 100, 100}) {
						t.Errorf("batches seen to their end: %v", known)
					}
					requests += server.Requests
					refused += server.Refused
				})
			}
			t.Logf("%d requests, %d refused: %.2f %%", requests, refused, 100*float64(refused)/float64(requests))
			if float64(refused) > 0.02*float64(requests) {
				t.Errorf("%d of %d requests refused", refused, requests)
			}
		})
	}
}

// TestDirectCalls makes calls all at once: the whole budget goes at once, the rest when the window allows.
func TestDirectCalls(t *testing.T) {
	for _, c := range counters {
		for _, l := range latencies {
			for _, n := range []int{200, 201, 400, 1000} {
				t.Run(fmt.Sprint(c.name, "/", l.name, "/", n), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						server, ids := NewServer(c.new(), l.latency, 1, 1)
						client := newClient(t, server)
						start := time.Now()
						ends := make([]time.Duration, n)
						var calls sync.WaitGroup
						for i := range n {
							calls.Go(func() {
								if _, err := client.GetShipOrderBatchResultsWithResponse(t.Context(), &generated.GetShipOrderBatchResultsParams{BatchRequestID: ids[0]}); err != nil {
									t.Error(err)
								}
								ends[i] = time.Since(start)
							})
						}
						calls.Wait()
						slices.Sort(ends)
						t.Logf("200th after %v, last after %v; %d requests, %d refused", ends[199], ends[n-1], server.Requests, server.Refused)
						if ends[199] > 3*time.Second {
							t.Errorf("200 calls took %v", ends[199])
						}
						if float64(server.Refused) > c.refused*float64(server.Requests) {
							t.Errorf("%d of %d requests refused", server.Refused, server.Requests)
						}
						if n > 200 && ends[200] > 63*time.Second && c.refused == 0 {
							t.Errorf("the 201st call took %v", ends[200])
						}
					})
				})
			}
		}
	}
}

// TestDirectCallAmongWaits makes a direct call while 1,000 waits use the whole budget.
func TestDirectCallAmongWaits(t *testing.T) {
	for _, l := range latencies {
		t.Run(l.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server, ids := NewServer(&SlidingLog{}, l.latency, 1000, 1)
				client := newClient(t, server)
				ctx, cancel := context.WithCancel(t.Context())
				var waits sync.WaitGroup
				waits.Go(func() {
					for _, err := range client.WaitShipOrderBatches(ctx, ids) {
						if err != nil && !errors.Is(err, context.Canceled) {
							t.Error(err)
						}
					}
				})
				var took []time.Duration
				for range 60 {
					time.Sleep(2 * time.Second)
					hasSlot := client.RateLimits()[0].Remaining > 0
					start := time.Now()
					if _, err := client.GetShipOrderBatchResultsWithResponse(ctx, &generated.GetShipOrderBatchResultsParams{BatchRequestID: ids[0]}); err != nil {
						t.Error(err)
					}
					took = append(took, time.Since(start))
					if hasSlot && time.Since(start) > time.Second {
						t.Errorf("a direct call took %v though the window had a slot", time.Since(start))
					}
				}
				cancel()
				waits.Wait()
				slices.Sort(took)
				t.Logf("direct calls took %v at the median, %v at the longest; %d refused", took[30], took[59], server.Refused)
				if took[59] > 5*time.Second || server.Refused > 0 {
					t.Errorf("the longest direct call took %v; %d requests refused", took[59], server.Refused)
				}
			})
		})
	}
}

// TestBudgetIsUsable calls without a pause from 50 goroutines: the client uses nearly the whole budget, minute after minute.
func TestBudgetIsUsable(t *testing.T) {
	const minutes = 10
	for _, c := range counters[:2] {
		for _, l := range latencies {
			t.Run(c.name+"/"+l.name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					server, ids := NewServer(c.new(), l.latency, 1, 1)
					client := newClient(t, server)
					ctx, cancel := context.WithTimeout(t.Context(), minutes*time.Minute)
					defer cancel()
					var callers sync.WaitGroup
					for range 50 {
						callers.Go(func() {
							for ctx.Err() == nil {
								params := &generated.GetShipOrderBatchResultsParams{BatchRequestID: ids[0]}
								_, err := client.GetShipOrderBatchResultsWithResponse(t.Context(), params) //nolint:contextcheck // ctx only ends the loop
								if err != nil {
									t.Error(err)
								}
							}
						})
					}
					callers.Wait()
					t.Logf("%d requests in %d minutes, %d refused", server.Requests, minutes, server.Refused)
					if server.Requests < minutes*limit*95/100 || server.Refused > 0 {
						t.Errorf("%d requests in %d minutes, %d refused", server.Requests, minutes, server.Refused)
					}
				})
			})
		}
	}
}
