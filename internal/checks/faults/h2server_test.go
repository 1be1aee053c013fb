package faults

import (
	"bytes"
	"crypto/tls"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"testing"

	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// h2Conn is a server's end of an HTTP/2 connection, which writes what it is told to, frame by frame.
// One goroutine reads and writes.
type h2Conn struct {
	*http2.Framer

	conn    io.Closer
	highest uint32 // stream that has begun
	last    uint32 // that of GOAWAY; streams beyond it are ignored
}

// h2Request is a whole request.
type h2Request struct {
	*call

	stream uint32
}

// step is a part of what a server does with a request.
type step func(*h2Conn, h2Request)

// startH2Server starts a server over TLS that speaks nothing but HTTP/2.
func startH2Server(t *testing.T) *httptest.Server {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	server.EnableHTTP2 = true
	server.Config.TLSNextProto = map[string]func(*http.Server, *tls.Conn, http.Handler){
		"h2": func(_ *http.Server, conn *tls.Conn, _ http.Handler) { serveH2(conn) },
	}
	server.StartTLS()
	t.Cleanup(server.Close)
	return server
}

func serveH2(conn io.ReadWriteCloser) {
	_, _ = io.ReadFull(conn, make([]byte, len(http2.ClientPreface)))
	c := &h2Conn{Framer: http2.NewFramer(conn, conn), conn: conn, last: 1<<31 - 1}
	c.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	_ = c.WriteSettings() // an error is the reader's to find, too
	calls := map[uint32]*call{}
	for {
		frame, err := c.ReadFrame()
		if err != nil {
			return
		}
		stream := frame.Header().StreamID
		ends := false
		switch f := frame.(type) {
		case *http2.SettingsFrame:
			if !f.IsAck() {
				_ = c.WriteSettingsAck()
			}
		case *http2.PingFrame:
			if !f.IsAck() {
				_ = c.WritePing(true, f.Data)
			}
		case *http2.MetaHeadersFrame:
			c.highest = stream
			target, _ := url.Parse(f.PseudoValue("path"))
			calls[stream] = callOf(target)
			ends = f.StreamEnded()
		case *http2.DataFrame:
			ends = f.StreamEnded()
		}
		if r := (h2Request{calls[stream], stream}); ends && r.call != nil && stream <= c.last {
			r.requests.Add(1)
			r.serveH2(c, r)
		}
	}
}

// steps are what a server does with requests to which it does several things.
func steps(all ...step) step {
	return func(c *h2Conn, r h2Request) {
		for _, do := range all {
			do(c, r)
		}
	}
}

func repeat(n int, do step) step {
	return func(c *h2Conn, r h2Request) {
		for range n {
			do(c, r)
		}
	}
}

// complete processes a request and responds to it.
var completeH2 = steps(process, head, first, rest)

func process(_ *h2Conn, r h2Request) { r.processed.Add(1) }

// header returns the header of the whole response, compressed.
func (r h2Request) header() []byte {
	var block bytes.Buffer
	encoder := hpack.NewEncoder(&block)
	for _, field := range []hpack.HeaderField{ // which are sensitive, so that no table has them
		{Name: ":status", Value: "200"},
		{Name: "content-type", Value: "application/json", Sensitive: true},
		{Name: "content-length", Value: strconv.Itoa(len(r.response())), Sensitive: true},
	} {
		_ = encoder.WriteField(field) // to a buffer
	}
	return block.Bytes()
}

func (c *h2Conn) writeHeader(r h2Request, block []byte, isWhole bool) {
	_ = c.WriteHeaders(http2.HeadersFrameParam{StreamID: r.stream, BlockFragment: block, EndHeaders: isWhole})
}

func head(c *h2Conn, r h2Request)     { c.writeHeader(r, r.header(), true) }
func halfHead(c *h2Conn, r h2Request) { c.writeHeader(r, r.header()[:8], false) }
func badHead(c *h2Conn, r h2Request)  { c.writeHeader(r, bytes.Repeat([]byte{0xff}, 5), true) }

// first sends a part of the body, and rest the rest of it; last is a part that claims to be the end.
func first(c *h2Conn, r h2Request) { _ = c.WriteData(r.stream, false, r.response()[:1000]) }
func last(c *h2Conn, r h2Request)  { _ = c.WriteData(r.stream, true, r.response()[:1000]) }
func rest(c *h2Conn, r h2Request)  { _ = c.WriteData(r.stream, true, r.response()[1000:]) }

func reset(code http2.ErrCode) step {
	return func(c *h2Conn, r h2Request) { _ = c.WriteRSTStream(r.stream, code) }
}

// goAway says that the server goes, and looks at the requests that have begun.
func goAway(code http2.ErrCode) step {
	return func(c *h2Conn, _ h2Request) {
		c.last = c.highest
		_ = c.WriteGoAway(c.last, code, nil)
	}
}

// goAwayWithout says that the server goes, and has not looked at the request.
func goAwayWithout(code http2.ErrCode) step {
	return func(c *h2Conn, r h2Request) {
		c.last = r.stream - 1
		_ = c.WriteGoAway(c.last, code, nil)
	}
}

func hangUpH2(c *h2Conn, _ h2Request) { _ = c.conn.Close() }

func pingOnStream(c *h2Conn, r h2Request) {
	_ = c.WriteRawFrame(http2.FramePing, 0, r.stream, make([]byte, 8))
}

func hugeWindow(c *h2Conn, _ h2Request) { _ = c.WriteWindowUpdate(0, 1<<31-1) }

func settings(c *h2Conn, _ h2Request) {
	_ = c.WriteSettings(http2.Setting{ID: http2.SettingMaxConcurrentStreams, Val: 200})
}

func ping(c *h2Conn, _ h2Request) { _ = c.WritePing(false, [8]byte{1}) }
