package faults

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/sellerscenter/client-go/api"
)

// tracked counts a client's open connections.
type tracked struct {
	net.Conn

	open  *atomic.Int32
	close sync.Once
}

func (c *tracked) Close() error {
	c.close.Do(func() { c.open.Add(-1) })
	return c.Conn.Close()
}

// TestSoak makes many calls from 64 goroutines to a server that misbehaves with every tenth
// request.
func TestSoak(t *testing.T) {
	const (
		goroutines = 64
		rounds     = 10
		first      = 200_000_000 // the number of the first call
	)
	calls := 20_000
	if raceEnabled {
		calls = 5_000
	}
	if testing.Short() {
		calls = 2_000
	}
	calls = number(t, "SOAK_CALLS", calls) / rounds * rounds
	goleak.VerifyNone(t, proxyLeaks...) // of tests before, so that they do not hide one of this
	server := startSoakServer(t, first, calls)
	goroutinesBefore := runtime.NumGoroutine()

	var open, dials atomic.Int32
	transport := &http.Transport{MaxIdleConnsPerHost: goroutines}
	transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		dials.Add(1)
		open.Add(1)
		return &tracked{Conn: conn, open: &open}, nil
	}
	logged := &warnings{}
	client := newClient(t, server.URL, transport, api.WithLogger(slog.New(logged)))

	var gets, posts tally
	var heap []uint64
	start := time.Now()
	for round := range rounds {
		var next atomic.Int32
		var running sync.WaitGroup
		for range goroutines {
			running.Go(func() {
				for i := int(next.Add(1)) - 1; i < calls/rounds; i = int(next.Add(1)) - 1 {
					n := round*calls/rounds + i
					y := &gets
					c := &call{method: methods[n%2], id: numbered(uint32(first + n))}
					if c.method == "POST" {
						y = &posts
					}
					y.checkSoak(t, &server.books[n], c, c.do(t.Context(), client))
				}
			})
		}
		running.Wait()
		heap = append(heap, heapInUse())
	}
	elapsed := time.Since(start)

	transport.CloseIdleConnections()
	settled := func() bool {
		return open.Load() == 0 && server.open.Load() == 0 && runtime.NumGoroutine() <= goroutinesBefore
	}
	for deadline := time.Now().Add(10 * time.Second); !settled() && time.Now().Before(deadline); {
		time.Sleep(10 * time.Millisecond)
	}
	if !settled() {
		t.Errorf("%d goroutines, %d before; %d connections open at the client, %d at the server",
			runtime.NumGoroutine(), goroutinesBefore, open.Load(), server.open.Load())
	}
	// The first sample has what any client allocates once; a mebibyte is noise.
	if early, last := heap[1], heap[rounds-1]; last > early+early/4+1<<20 {
		t.Errorf("the heap grew from %d to %d bytes: %v", early, last, heap)
	}
	if n := logged.refused.Load(); n != 0 {
		t.Errorf("the retry budget refused %d retries of %d", n, logged.retries.Load()+n)
	}
	misbehaved := 0
	for m := slow; m < misbehaviours; m++ {
		n := int(server.met[m].Load())
		misbehaved += n
		if n == 0 {
			t.Errorf("no request met misbehaviour %d", m)
		}
	}
	requests := misbehaved + int(server.met[none].Load())
	if share := float64(misbehaved) / float64(requests); share < 0.08 || share > 0.12 {
		t.Errorf("the server misbehaved with %.1f %% of the requests, not with 10", 100*share)
	}
	// A connection that the server did not close is used again; some are dialled while another one
	// becomes idle.
	closed := server.met[cutBody].Load() + server.met[resetByPeer].Load() + server.met[brokenHeader].Load()
	if n := dials.Load(); n > closed+closed/4+2*goroutines {
		t.Errorf("%d connections were dialled, and %d closed by the server", n, closed)
	}
	// One GET in ten thousand meets four misbehaviours in a row.
	if failed := int(gets.failed.Load()); failed > 2+calls/1000 {
		t.Errorf("%d of %d GETs failed", failed, gets.calls.Load())
	}

	b := newTable("method")
	b.add("GET", &gets)
	b.add("POST", &posts)
	b.log(t, "", calls)
	t.Logf("%d goroutines, %v, %.0f calls/s",
		goroutines, elapsed.Round(time.Millisecond), float64(calls)/elapsed.Seconds())
	t.Logf("%d requests, %d misbehaviours, %d retries, %d refused by the budget",
		requests, misbehaved, logged.retries.Load(), logged.refused.Load())
	t.Logf("connections: %d dialled, %d closed by the server, then %d open at the client, %d at the server",
		dials.Load(), closed, open.Load(), server.open.Load())
	t.Logf("goroutines: %d before, %d after", goroutinesBefore, runtime.NumGoroutine())
	t.Logf("heap in KiB after each tenth of the calls: %s", kibibytes(heap))
}

// checkSoak compares a call's end with what the last request of it met.
func (y *tally) checkSoak(t *testing.T, b *book, c *call, err error) {
	t.Helper()
	last := misbehaviour(b.last.Load())
	y.judge(t, trial{name: "soak", call: c, policy: policies[0], want: last.wantOf(c.method)}, err)

	requests := b.requests.Load()
	attempts := c.attempts.Load()
	wantProcessed := int32(0)
	if last.processes() {
		wantProcessed = 1
	}
	response := new(api.Error)
	switch {
	case last.status() != 0 && (!errors.As(err, &response) || response.StatusCode != last.status()):
		t.Errorf("%s with response %d ended with %v", c.method, last.status(), err)
	case c.method == http.MethodPost && b.processed.Load() != wantProcessed:
		t.Errorf("POST processed %d times, want %d: %v", b.processed.Load(), wantProcessed, err)
	case c.method == http.MethodPost && requests != attempts:
		t.Errorf("POST in %d requests of %d attempts, want one to each: %v", requests, attempts, err)
	case requests < attempts: // the transport may send a GET anew by itself
		t.Errorf("%d requests in %d attempts", requests, attempts)
	default:
		return
	}
	y.wrong.Add(1)
}

// wantOf returns how a call may end whose last request met the misbehaviour.
func (m misbehaviour) wantOf(method string) expectation {
	switch {
	case m.good():
		return expectation{ok, anyAttempts}
	case method == http.MethodGet, !m.processes():
		return expectation{failed, 4}
	default:
		return expectation{unknown, anyAttempts} // throttled before, maybe
	}
}

func heapInUse() uint64 {
	runtime.GC()
	runtime.GC() // pools hold on to what they have for one more
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func kibibytes(samples []uint64) string {
	var texts []string
	for _, bytes := range samples {
		texts = append(texts, fmt.Sprint(bytes>>10))
	}
	return strings.Join(texts, " ")
}
