package faults

import (
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/sellerscenter/client-go/api"
)

// misbehaviour is what a server does in place of a good response.
type misbehaviour struct {
	name   string
	delay  time.Duration
	header http.Header
	status int    // of a response that is an error
	raw    string // written in place of a response, before the connection is closed
	resets bool   // the connection

	// want is how a call ends whose last request met this, by method.
	want  map[string]expectation
	times [2]int32
}

var retryAtOnce = http.Header{"Retry-After": {"0"}}

var oddHeaders = http.Header{
	"X-Ratelimit-Limit": {"many"}, "X-Ratelimit-Remaining": {"99999999999999999999"}, "Retry-After": {"soon"},
}

var (
	good    = map[string]expectation{"GET": {"ok", 0}, "POST": {"ok", 0}}
	refused = map[string]expectation{"GET": {"failed", 4}, "POST": {"failed", 4}}
	lost    = map[string]expectation{"GET": {"failed", 4}, "POST": {"unknown", 0}} // or refused before
)

// misbehaviours begin with none.
var misbehaviours = []misbehaviour{
	{name: "none", want: good},
	{name: "slow", delay: 20 * time.Millisecond, want: good},
	{name: "odd headers", header: oddHeaders, want: good},
	{name: "500", status: 500, want: lost, times: always},
	{name: "503", status: 503, want: lost, times: always},
	{name: "503 with Retry-After", status: 503, header: retryAtOnce, want: refused},
	{name: "429", status: 429, header: retryAtOnce, want: refused},
	{
		name: "body cut short", want: lost, times: always,
		raw: "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2000\r\n\r\n{",
	},
	{name: "reset", resets: true, want: lost, times: always},
	{
		name: "not HTTP", want: lost, times: always,
		raw: "HTTP/1.1 200 OK\r\nContent-Type application/json\r\n\r\n{}",
	},
}

// serve responds to a request of the call.
func (m *misbehaviour) serve(w http.ResponseWriter, c *call) {
	time.Sleep(m.delay)
	maps.Copy(w.Header(), m.header)
	c.processed.Add(m.times[0])
	switch {
	case m.resets || m.raw != "":
		hangUp(w, m.raw)
	case m.status != 0:
		http.Error(w, `{"message":"not now"}`, m.status)
	default:
		c.complete(w)
	}
}

// connections counts those of a server.
type connections struct{ dialled, open, closed atomic.Int32 }

func (n *connections) note(_ net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		n.dialled.Add(1)
		n.open.Add(1)
	case http.StateHijacked: // and closed then
		n.closed.Add(1)
		n.open.Add(-1)
	case http.StateClosed:
		n.open.Add(-1)
	default:
	}
}

// check waits until all connections are closed. One that the server did not close is used again; some
// are dialled while another one becomes idle.
func (n *connections) check(t *testing.T, lines int) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); n.open.Load() > 0 && time.Now().Before(deadline); {
		time.Sleep(10 * time.Millisecond)
	}
	dialled := int(n.dialled.Load())
	closed := int(n.closed.Load())
	open := n.open.Load()
	t.Logf("connections: %d dialled, %d closed by the server, then %d open", dialled, closed, open)
	if open > 0 || dialled > closed+closed/4+2*lines {
		t.Error("connections are not closed, or not used again")
	}
}

// soak makes a call to a server that misbehaves with every tenth request, and notes what was met.
func (f *figures) soak(t *testing.T, client *api.Client, met *figures, tr trial) error {
	t.Helper()
	var last atomic.Int32
	tr.serve = func(w http.ResponseWriter) {
		i := 0
		if rand.IntN(10) == 0 {
			i = 1 + rand.IntN(len(misbehaviours)-1)
		}
		last.Store(int32(i))
		met.count(misbehaviours[i].name)
		misbehaviours[i].serve(w, tr.call)
	}
	err := tr.do(t.Context(), client)
	m := misbehaviours[last.Load()]
	tr.name = "last " + m.name
	tr.want = m.want[tr.method]
	tr.times = m.times
	f.judge(t, tr, err)
	requests := tr.requests.Load()
	sent := tr.attempts.Load()
	if requests < sent || tr.method == "POST" && requests > sent { // net/http may repeat a GET
		t.Errorf("%s: %d requests in %d attempts", tr.method, requests, sent)
	}
	return err
}

// TestSoak makes many calls at the same time to a server that misbehaves with every tenth request.
func TestSoak(t *testing.T) {
	const rounds = 10
	calls := number(t, "SOAK_CALLS", soakCalls) / rounds * rounds
	goleak.VerifyNone(t, proxyLeaks...) // of tests before, so that they do not hide one of this
	var conns connections
	server := httptest.NewUnstartedServer(http.HandlerFunc(marketplace))
	server.Config.ConnState = conns.note
	server.Start()
	f := newFigures(64)
	met := newFigures(0)
	transport := &http.Transport{MaxIdleConnsPerHost: cap(f.lines)}
	client := newClient(t, server.URL, transport)
	var failed atomic.Int32
	var heap []uint64
	began := time.Now()
	for range rounds {
		f.each(calls/rounds, func(tr trial) {
			if err := f.soak(t, client, met, tr); err != nil && tr.method == "GET" {
				failed.Add(1)
			}
		})
		heap = append(heap, heapInUse())
	}
	t.Logf("%d calls, %.0f a second", calls, float64(calls)/time.Since(began).Seconds())
	f.log(t)
	met.log(t)

	transport.CloseIdleConnections()
	conns.check(t, cap(f.lines))
	t.Logf("heap in bytes after each tenth of the calls: %d", heap)
	// The first sample has what any client allocates once; a mebibyte is noise.
	if early := heap[1]; heap[rounds-1] > early+early/4+1<<20 {
		t.Error("the heap grew")
	}
	// One GET in ten thousand meets four misbehaviours in a row.
	if n := int(failed.Load()); n > 2+calls/1000 || len(met.seen) < len(misbehaviours) {
		t.Errorf("%d GETs failed, and requests met %d misbehaviours", n, len(met.seen)-1)
	}
	server.Close()
	goleak.VerifyNone(t, proxyLeaks...)
}

func heapInUse() uint64 {
	runtime.GC()
	runtime.GC() // pools hold on to what they have for one more
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
