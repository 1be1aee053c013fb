package faults

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"
	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// h2Server speaks HTTP/2 over TLS frame by frame, as a script tells it. It counts what it
// processes as marketplace does.
type h2Server struct {
	marketplace

	// script answers a whole request, or does not. It may take its time: the connection goes on
	// reading.
	script func(*h2Conn, *h2Request)

	url  string
	pool *x509.CertPool // of its certificate

	seenMu sync.Mutex
	seen   map[uuid.UUID]int // whole requests

	listener net.Listener
	serving  sync.WaitGroup
	connsMu  sync.Mutex
	conns    []net.Conn
}

// h2Conn is a connection of one client.
type h2Conn struct {
	server *h2Server
	conn   net.Conn
	framer *http2.Framer // its reads are those of one goroutine

	mu       sync.Mutex // of what is written
	encoder  *hpack.Encoder
	block    bytes.Buffer
	accepted uint32 // the highest stream that the script got
	last     uint32 // that of GOAWAY; streams beyond it are ignored
}

// h2Request is a whole request.
type h2Request struct {
	stream   uint32
	id       uuid.UUID
	times    int // that it came, this one included
	response []byte

	method, path, query, key string
	body                     []byte
}

func startH2Server(t *testing.T, script func(*h2Conn, *h2Request)) *h2Server {
	t.Helper()
	certified := httptest.NewTLSServer(nil) // for its certificate
	certified.Close()
	listener, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{
		Certificates: certified.TLS.Certificates,
		NextProtos:   []string{"h2"},
	})
	if err != nil {
		t.Fatal(err)
	}
	s := &h2Server{
		script:   script,
		url:      "https://" + listener.Addr().String(),
		pool:     x509.NewCertPool(),
		seen:     map[uuid.UUID]int{},
		listener: listener,
	}
	s.pool.AddCert(certified.Certificate())
	s.serving.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			s.connsMu.Lock()
			s.conns = append(s.conns, conn)
			s.connsMu.Unlock()
			s.serving.Go(func() { s.serve(conn) })
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		s.connsMu.Lock()
		for _, conn := range s.conns {
			_ = conn.Close()
		}
		s.connsMu.Unlock()
		s.serving.Wait()
	})
	return s
}

// transport returns one that trusts the server, and speaks nothing but HTTP/2 with it.
func (s *h2Server) transport() *http.Transport {
	return &http.Transport{TLSClientConfig: &tls.Config{RootCAs: s.pool}, ForceAttemptHTTP2: true}
}

func (s *h2Server) serve(conn net.Conn) {
	defer conn.Close()
	preface := make([]byte, len(http2.ClientPreface))
	if _, err := io.ReadFull(conn, preface); err != nil || string(preface) != http2.ClientPreface {
		return
	}
	c := &h2Conn{server: s, conn: conn, framer: http2.NewFramer(conn, conn), last: 1<<31 - 1}
	c.framer.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	c.encoder = hpack.NewEncoder(&c.block)
	c.write(func() error { return c.framer.WriteSettings() })
	requests := map[uint32]*h2Request{}
	for {
		frame, err := c.framer.ReadFrame()
		if err != nil {
			return
		}
		stream := frame.Header().StreamID
		ended := frame.Header().Flags.Has(http2.FlagDataEndStream) // the same bit for HEADERS
		switch f := frame.(type) {
		case *http2.SettingsFrame:
			if !f.IsAck() {
				c.write(c.framer.WriteSettingsAck)
			}
			continue
		case *http2.PingFrame:
			if !f.IsAck() {
				c.write(func() error { return c.framer.WritePing(true, f.Data) })
			}
			continue
		case *http2.MetaHeadersFrame:
			path, query, _ := strings.Cut(f.PseudoValue("path"), "?")
			r := &h2Request{stream: stream, method: f.PseudoValue("method"), path: path, query: query}
			for _, field := range f.RegularFields() {
				if field.Name == "x-api-key" {
					r.key = field.Value
				}
			}
			requests[stream] = r
		case *http2.DataFrame:
			if r := requests[stream]; r != nil {
				r.body = append(r.body, f.Data()...)
			}
		case *http2.RSTStreamFrame:
			delete(requests, stream)
			continue
		default:
			continue
		}
		if r := requests[stream]; r != nil && ended {
			delete(requests, stream)
			c.request(r)
		}
	}
}

// request gives a whole request to the script, unless the client has been told that it will be
// ignored.
func (c *h2Conn) request(r *h2Request) {
	id, response, err := responseTo(r.method, r.query, r.body)
	if err != nil || r.key != apiKey || r.path != resultsPath && r.path != shipPath {
		c.reset(r, http2.ErrCodeProtocol)
		return
	}
	r.id = id
	r.response = response
	c.mu.Lock()
	ignored := r.stream > c.last
	if !ignored {
		c.accepted = max(c.accepted, r.stream)
	}
	c.mu.Unlock()
	if ignored {
		return
	}
	s := c.server
	s.seenMu.Lock()
	s.seen[r.id]++
	r.times = s.seen[r.id]
	s.seenMu.Unlock()
	s.serving.Go(func() { s.script(c, r) })
}

// write writes frames. An error is the reader's to find, too.
func (c *h2Conn) write(frames func() error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	_ = frames()
}

// complete processes a request and responds to it.
func (c *h2Conn) complete(r *h2Request) {
	c.server.process(r.id)
	c.begin(r, len(r.response))
	c.data(r, 0, len(r.response), true)
}

// begin sends the header of a response that says it is so long.
func (c *h2Conn) begin(r *h2Request, length int) {
	c.write(func() error {
		return c.framer.WriteHeaders(http2.HeadersFrameParam{
			StreamID:      r.stream,
			BlockFragment: c.header(length),
			EndHeaders:    true,
		})
	})
}

func (c *h2Conn) header(length int) []byte {
	c.block.Reset()
	for _, field := range []hpack.HeaderField{
		{Name: ":status", Value: "200"},
		{Name: "content-type", Value: "application/json"},
		{Name: "content-length", Value: strconv.Itoa(length)},
	} {
		_ = c.encoder.WriteField(field) // to a buffer
	}
	return c.block.Bytes()
}

// data sends a part of the response.
func (c *h2Conn) data(r *h2Request, from, to int, end bool) {
	c.write(func() error { return c.framer.WriteData(r.stream, end, r.response[from:to]) })
}

func (c *h2Conn) reset(r *h2Request, code http2.ErrCode) {
	c.write(func() error { return c.framer.WriteRSTStream(r.stream, code) })
}

// goAway says that the server goes, and will not look at streams beyond those that it has begun
// to.
func (c *h2Conn) goAway(code http2.ErrCode) {
	c.write(func() error {
		c.last = c.accepted
		return c.framer.WriteGoAway(c.last, code, nil)
	})
}

// goAwayWithout says that the server goes, and has not looked at the request, which the caller
// does not then. Where it has begun to look at later ones, it can say so of this one alone.
func (c *h2Conn) goAwayWithout(r *h2Request, code http2.ErrCode) {
	c.write(func() error {
		if c.accepted > r.stream {
			return c.framer.WriteRSTStream(r.stream, http2.ErrCodeRefusedStream)
		}
		c.accepted = r.stream - 1
		c.last = c.accepted
		return c.framer.WriteGoAway(c.last, code, nil)
	})
}

func (c *h2Conn) close() { _ = c.conn.Close() }
