package faults

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// withLength and inChunks are whole responses with a body.
func withLength(body []byte) string {
	return fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
		len(body), body)
}

func inChunks(body []byte) string {
	return fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"+
		"Transfer-Encoding: chunked\r\n\r\n3e8\r\n%s\r\n%x\r\n%s\r\n0\r\n\r\n",
		body[:1000], len(body)-1000, body[1000:])
}

// cut has a server close the connection of each request, or of the first one only, after some bytes
// of a response.
func (c *call) cut(response string, heals bool) {
	c.serve = func(w http.ResponseWriter) {
		if heals && c.requests.Load() > 1 {
			c.complete(w)
			return
		}
		c.processed.Add(1)
		hangUp(w, response)
	}
}

// TestResponsesCutAnywhere cuts the response at each of 200 positions, the first before it and the
// last before its last byte, where its length is told and where it comes in chunks.
func TestResponsesCutAnywhere(t *testing.T) {
	const positions = 200
	server := httptest.NewServer(http.HandlerFunc(marketplace))
	defer server.Close()
	f := newFigures(manyLines)
	encodings := map[string]func([]byte) string{"with a length": withLength, "in chunks": inChunks}
	for i := range positions {
		for name, encode := range encodings {
			f.matrix(1, name, responseLost, func(p policy, tr trial) {
				whole := encode(tr.response())
				tr.cut(whole[:i*(len(whole)-1)/(positions-1)], p.heals)
				tr.times = always
				f.checkAfter(t, server, p, tr, nil)
			})
		}
	}
	f.log(t)
}

// TestReusedConnectionCutAnywhere ends a connection that has served a call before, within the next
// response or while it is idle. There the transport sends a request anew by itself if it may: a GET
// whose response has not begun.
func TestReusedConnectionCutAnywhere(t *testing.T) {
	const positions = 50
	idle := expectations{
		"GET":  {{"ok", 1}, {"ok", 1}, {"ok", 1}},
		"POST": {{"ok or unknown", 1}, {"ok or unknown", 1}, {"ok or unknown", 1}},
	}
	server := httptest.NewServer(http.HandlerFunc(marketplace))
	defer server.Close()
	f := newFigures(manyLines)
	for i := range positions {
		f.matrix(1, "closed in the response", responseLost, func(p policy, tr trial) {
			whole := withLength(tr.response())
			tr.cut(whole[:1+i*(len(whole)-2)/(positions-1)], p.heals)
			tr.times = always
			f.checkAfter(t, server, p, tr, newCall("GET"))
		})
		f.matrix(1, "closed idle", idle, func(p policy, tr trial) {
			before := newCall("GET")
			before.cut(withLength(before.response()), false)
			tr.pause = time.Duration(i) * 20 * time.Microsecond
			tr.times = maybe // the transport may notice that the connection is closed, or not
			f.checkAfter(t, server, p, tr, before)
		})
	}
	f.log(t)
}

// checkAfter makes a trial's call on the connection of another one, or on a new one if that is nil.
func (f *figures) checkAfter(t *testing.T, server *httptest.Server, p policy, tr trial, before *call) {
	t.Helper()
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	client := newClient(t, server.URL, transport, p.retries())
	if before != nil {
		f.check(t, client, trial{call: before, name: "before", want: expectation{"ok", 1}})
		time.Sleep(tr.pause)
	}
	tr.cause = resetOrTruncated
	f.check(t, client, tr)
}
