package waitsim

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

	"github.com/sellerscenter/client-go/api"
	"github.com/sellerscenter/client-go/api/apitest"
	"github.com/sellerscenter/client-go/generated"
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

// longest is for how long a client may wait. Nearly all batches that are unknown by then will
// never be known.
const longest = 10 * time.Minute

// simulation is a scenario at a setting, run once for each seed, from another second of the minute.
type simulation struct {
	setting
	scenario Scenario
	seeds    int
	peer     *Peer // waits in place of this client, if not nil
	clients  int   // with one key, which divide the batches among them; 1 if 0
	shared   bool  // their limit
	silent   bool  // the server does not tell of its limit
	calls    int   // direct calls of the first client, one every two seconds, which end the waits
}

// outcome is what came of a simulation.
type outcome struct {
	requests int
	refused  int
	asked    int             // questions to a shared limit
	delays   []time.Duration // from done to known
	last     time.Duration   // until the last was known, in the slowest simulation
	calls    []time.Duration // how long the direct calls took
	starved  int             // those that took long though the window had a slot
	err      error
}

func (s simulation) run(t *testing.T) *outcome {
	t.Helper()
	o := &outcome{}
	for seed := range s.seeds {
		synctest.Test(t, func(t *testing.T) {
			time.Sleep(time.Duration(seed) * 13700 * time.Millisecond)
			s.runOnce(t, o, seed)
		})
	}
	return o
}

func (s simulation) runOnce(t *testing.T, o *outcome, seed int) {
	t.Helper()
	server, ids := s.newServer(s.scenario, seed)
	server.Silent = s.silent
	var asked atomic.Int64
	clients := s.newClients(t, server, &asked)
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
	var waits sync.WaitGroup
	for i, client := range clients {
		wait := WaitWith(client)
		if s.peer != nil {
			wait = s.peer.waitAt(server)
		}
		waits.Go(func() {
			err := wait(ctx, ids[i*len(ids)/len(clients):(i+1)*len(ids)/len(clients)], known)
			if err != nil && !errors.Is(err, context.Canceled) {
				mu.Lock()
				defer mu.Unlock()
				o.err = err
			}
		})
	}
	if s.calls > 0 {
		s.callAmong(t, o, clients[0], ids[0])
		cancel()
	}
	waits.Wait()
	o.requests += server.Requests()
	o.refused += server.Refused()
	o.asked += int(asked.Load())
	time.Sleep(time.Second) // for the last questions to a shared limit
}

func (s simulation) newClients(t *testing.T, server *Server, asked *atomic.Int64) []*api.Client {
	t.Helper()
	var opts []api.Option
	if s.shared {
		opts = append(opts, api.WithSharedLimit(&apitest.SharedLimit{Err: func(context.Context) error {
			asked.Add(1)
			return nil
		}}))
	}
	var clients []*api.Client
	for range max(s.clients, 1) {
		clients = append(clients, newClient(t, server, opts...))
	}
	return clients
}

func (s simulation) callAmong(t *testing.T, o *outcome, client *api.Client, id uuid.UUID) {
	t.Helper()
	for range s.calls {
		time.Sleep(2 * time.Second)
		// One in a hundred may be believed to be taken, as long as a response was on its way.
		hasSlot := client.RateLimits()[0].Remaining > limit/100
		took := call(t, client, id)
		o.calls = append(o.calls, took)
		if hasSlot && took > 2*time.Second { // of which a response takes 800 ms
			o.starved++
		}
	}
}

func mean(all []time.Duration) time.Duration {
	var sum time.Duration
	for _, d := range all {
		sum += d
	}
	return sum / time.Duration(max(len(all), 1))
}

// checkRefused fails the test if the server refused more than a share of the requests.
func checkRefused(t testing.TB, requests, refused int, share float64) {
	t.Helper()
	if float64(refused) > share*float64(requests) {
		t.Errorf("%d of %d requests refused, want at most %v of them", refused, requests, share)
	}
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

// call makes a direct call, and returns how long it took.
func call(t testing.TB, client *api.Client, id uuid.UUID) time.Duration {
	t.Helper()
	start := time.Now()
	params := &generated.GetShipOrderBatchResultsParams{BatchRequestID: id}
	if _, err := client.GetShipOrderBatchResultsWithResponse(t.Context(), params); err != nil {
		t.Error(err)
	}
	return time.Since(start)
}

// callAtOnce makes n direct calls at once, and returns how long each took, the quickest first.
func callAtOnce(t testing.TB, client *api.Client, id uuid.UUID, n int) []time.Duration {
	t.Helper()
	took := make([]time.Duration, n)
	var calls sync.WaitGroup
	for i := range n {
		calls.Go(func() { took[i] = call(t, client, id) })
	}
	calls.Wait()
	slices.Sort(took)
	return took
}

// batches is a scenario of n batches that are done in 5 to 125 s, for tests that are not about
// their delays.
func batches(n int) Scenario { return Scenario{Batches: n, Done: doneBetween(5, 125)} }
