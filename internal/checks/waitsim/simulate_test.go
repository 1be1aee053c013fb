package waitsim

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

	"github.com/sellerscenter/client-go/api"
)

// counting is a way in which a server counts.
type counting struct {
	name       string
	newCounter func() Counter
	// refused is the share of requests of this client that may draw a 429, burst that of a burst of
	// direct calls.
	refused, burst float64
}

var countings = []counting{
	{name: "sliding log", newCounter: func() Counter { return &SlidingLog{} }},
	{name: "fixed window", newCounter: func() Counter { return &FixedWindow{} }},
	{name: "weighted counter", newCounter: func() Counter { return &WeightedCounter{} },
		refused: 0.02, burst: 0.05},
}

// network is what lies between client and server.
type network struct {
	name    string
	latency Latency
	// steady says that the latency is the one at which the goals of the scenarios hold.
	steady bool
}

var networks = []network{
	{name: "80 ms", latency: Fixed(80 * time.Millisecond), steady: true},
	{name: "20 to 800 ms", latency: Between(20*time.Millisecond, 800*time.Millisecond)},
}

// setting is a server that counts in some way, behind some network.
type setting struct {
	counting
	network
}

// settings are all combinations with all networks.
func settings(countings []counting) []setting {
	var all []setting
	for _, c := range countings {
		for _, n := range networks {
			all = append(all, setting{counting: c, network: n})
		}
	}
	return all
}

func (s setting) String() string { return s.counting.name + "/" + s.network.name }

func (s setting) newServer(scenario Scenario, seed int) (*Server, []uuid.UUID) {
	return NewServer(s.newCounter(), s.latency, scenario, uint64(seed))
}

// checkRefused fails the test if the server refused more than a share of the requests.
func checkRefused(t testing.TB, requests, refused int, share float64) {
	t.Helper()
	if float64(refused) > share*float64(requests) {
		t.Errorf("%d of %d requests refused, want at most %v of them", refused, requests, share)
	}
}

// longest is for how long a client may wait. Nearly all batches that are unknown by then will
// never be known.
const longest = 10 * time.Minute

// outcome is what came of the simulations of a client, one for each seed of the scenario.
type outcome struct {
	requests int
	refused  int
	asked    int             // questions to a shared limit
	delays   []time.Duration // from done to known
	last     time.Duration   // until the last was known, in the slowest simulation
	err      error
}

func (o *outcome) mean() time.Duration {
	if len(o.delays) == 0 {
		return 0
	}
	var sum time.Duration
	for _, d := range o.delays {
		sum += d
	}
	return sum / time.Duration(len(o.delays))
}

func (o *outcome) p95() time.Duration {
	if len(o.delays) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(o.delays))
	return sorted[len(sorted)*95/100]
}

// simulate runs a client in a scenario, once for each seed. Each run starts at another
// second of the minute.
func simulate(t *testing.T, client Client, s setting, scenario Scenario, seeds int) *outcome {
	t.Helper()
	o := &outcome{}
	for seed := range seeds {
		synctest.Test(t, func(t *testing.T) {
			time.Sleep(time.Duration(seed) * 13700 * time.Millisecond)
			server, ids := s.newServer(scenario, seed)
			ctx, cancel := context.WithTimeout(t.Context(), longest)
			defer cancel()
			start := time.Now()
			var mu sync.Mutex
			known := func(id uuid.UUID) {
				mu.Lock()
				defer mu.Unlock()
				o.delays = append(o.delays, server.Delay(id))
				o.last = max(o.last, time.Since(start))
			}
			if err := client.Wait(ctx, server, ids, known); err != nil {
				o.err = err
			}
			o.requests += server.Requests()
			o.refused += server.Refused()
		})
	}
	return o
}

func newClient(t testing.TB, server http.RoundTripper, opts ...api.Option) *api.Client {
	t.Helper()
	opts = append(opts, api.WithHTTPClient(&http.Client{Transport: server}))
	c, err := api.New(baseURL, "key", opts...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// batches is a scenario of n batches that are done in 5 to 125 s, for tests that are not about
// their delays.
func batches(n int) Scenario { return Scenario{Batches: n, Done: doneBetween(5, 125)} }
