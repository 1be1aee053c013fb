package faults

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync/atomic"
	"testing"
	"time"
)

// misbehaviour is what a server does in place of a good response.
type misbehaviour int32

const (
	none          misbehaviour = iota
	slow                       // but good
	oddHeaders                 // rate-limit headers that are no numbers, in a good response
	internalError              // 500
	unavailable                // 503
	restarting                 // 503 with Retry-After: 0
	throttling                 // 429 with Retry-After: 0
	cutBody                    // of a request that was processed, as are the next two
	resetByPeer                // no response
	brokenHeader               // not HTTP
	misbehaviours = iota
)

// good reports whether the client gets its response.
func (m misbehaviour) good() bool { return m <= oddHeaders }

// processes reports whether the request is carried out, whatever the client learns of it.
func (m misbehaviour) processes() bool { return m != restarting && m != throttling }

// status is that of a response that is an error, or 0.
func (m misbehaviour) status() int {
	switch m {
	case internalError:
		return http.StatusInternalServerError
	case unavailable, restarting:
		return http.StatusServiceUnavailable
	case throttling:
		return http.StatusTooManyRequests
	default:
		return 0
	}
}

// soakServer misbehaves with every tenth request. Its books do not grow.
type soakServer struct {
	*httptest.Server

	first uint32 // call's number
	books []book
	open  atomic.Int32 // connections
	met   [misbehaviours]atomic.Int32
}

// book is of one call.
type book struct {
	requests, processed atomic.Int32
	last                atomic.Int32 // misbehaviour that the last request met
}

func startSoakServer(t *testing.T, first uint32, calls int) *soakServer {
	t.Helper()
	s := &soakServer{first: first, books: make([]book, calls)}
	s.Server = httptest.NewUnstartedServer(s)
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		switch state {
		case http.StateNew:
			s.open.Add(1)
		case http.StateClosed, http.StateHijacked: // and closed then
			s.open.Add(-1)
		default:
		}
	}
	s.Start()
	t.Cleanup(s.Close)
	return s
}

func (s *soakServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	id, response, err := responseTo(r.Method, r.URL.RawQuery, body)
	n := int(numberOf(id)) - int(s.first)
	if err != nil || n < 0 || n >= len(s.books) || r.Header.Get("X-API-Key") != apiKey {
		http.Error(w, "not a request of this test", http.StatusBadRequest)
		return
	}
	b := &s.books[n]
	does := none
	if draw := chaos(numberOf(id), int(b.requests.Add(1))); draw%10 == 0 {
		does = misbehaviour(1 + draw/10%(misbehaviours-1))
	}
	b.last.Store(int32(does))
	s.met[does].Add(1)

	if does.processes() {
		b.processed.Add(1)
	} else {
		w.Header().Set("Retry-After", "0")
	}
	if status := does.status(); status != 0 {
		http.Error(w, `{"message":"not now"}`, status)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(response)))
	switch does {
	case slow:
		time.Sleep(20 * time.Millisecond)
	case oddHeaders:
		w.Header().Set("X-RateLimit-Limit", "many")
		w.Header().Set("X-RateLimit-Remaining", "99999999999999999999")
		w.Header().Set("Retry-After", "soon")
	case cutBody:
		_, _ = w.Write(response[:len(response)/2])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	case resetByPeer, brokenHeader:
		s.hijack(w, does)
		return
	default:
	}
	_, _ = w.Write(response)
}

func (s *soakServer) hijack(w http.ResponseWriter, does misbehaviour) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(err)
	}
	if does == brokenHeader {
		_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Type application/json\r\n\r\n{}")
	} else if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}
