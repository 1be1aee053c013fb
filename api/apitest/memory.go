package apitest

import (
	"context"
	"net"
	"net/http"
	"sync"
)

// URL is the base URL under which HTTPClient reaches the server.
const URL = "http://localhost"

// memory is a real HTTP server and client that are connected by pipes in place of sockets.
type memory struct {
	start     sync.Once
	listener  *listener
	server    *http.Server
	transport *http.Transport
}

// HTTPClient returns a client that sends every request to the server, in memory. All clients that
// it returns share connections. Pass one to api.WithHTTPClient, with [URL] as the base URL.
func (s *Server) HTTPClient() *http.Client {
	s.memory.start.Do(func() {
		m := &s.memory
		m.listener = &listener{conns: make(chan net.Conn), closed: make(chan struct{})}
		// No timeout: if a connection closed while idle, the request that is about to use it would
		// fail.
		m.server = &http.Server{Handler: s} //nolint:gosec // only the test is at the other end
		m.transport = &http.Transport{DialContext: m.listener.dial, MaxIdleConnsPerHost: 256}
		go func() { _ = m.server.Serve(m.listener) }()
	})
	return &http.Client{Transport: s.memory.transport}
}

// Close ends the connections of HTTPClient and the goroutines behind them. Calls under way fail,
// and so do later ones. In a [testing/synctest] bubble, call it before the bubble ends. It may be
// called again.
func (s *Server) Close() {
	s.HTTPClient() // so that a server that was never used stays closed too
	_ = s.memory.server.Close()
	_ = s.memory.listener.Close()
	s.memory.transport.CloseIdleConnections()
}

// listener is a [net.Listener] of connections that its dial method makes.
type listener struct {
	conns  chan net.Conn
	once   sync.Once
	closed chan struct{}
}

func (l *listener) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case l.conns <- server:
		return client, nil
	case <-l.closed:
		return nil, &net.OpError{Op: "dial", Net: "pipe", Err: net.ErrClosed}
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (l *listener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *listener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

func (l *listener) Addr() net.Addr { return &net.UnixAddr{Name: "apitest", Net: "pipe"} }
