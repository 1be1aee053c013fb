package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// newSite serves pages by their paths, as they are when they are asked for, and returns its URL.
func newSite(t *testing.T, pages map[string]string) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if pages[r.URL.Path] == "" {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write([]byte(pages[r.URL.Path]))
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// serveOddly answers in a way that the path tells.
func serveOddly(w http.ResponseWriter, r *http.Request) {
	var n int
	var target string
	switch {
	case r.URL.Path == "/page":
		w.Header().Set("Content-Type", "text/markdown; charset=utf-8")
	case r.URL.Path == "/html":
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
	case r.URL.Path == "/cut":
		w.Header().Set("Content-Length", "1000")
	case r.URL.Path == "/large":
		_, _ = w.Write(make([]byte, maxPageSize+1))
	case r.URL.Path == "/hangs":
		w.WriteHeader(http.StatusOK)
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	case scan(r, "/status/%d", &n):
		w.WriteHeader(n)
	case scan(r, "/redirects/%d", &n):
		target = "/page"
		if n > 1 {
			target = fmt.Sprintf("/redirects/%d", n-1)
		}
	case r.URL.Path == "/elsewhere":
		target = r.URL.Query().Get("to")
	}
	if target != "" {
		w.Header().Set("Location", target)
		w.WriteHeader(http.StatusFound)
	}
	_, _ = w.Write([]byte("# A page"))
}

func scan(r *http.Request, format string, n *int) bool {
	_, err := fmt.Sscanf(r.URL.Path, format, n)
	return err == nil
}

func TestFetch(t *testing.T) {
	plain := httptest.NewServer(http.HandlerFunc(serveOddly))
	defer plain.Close()
	secure := httptest.NewTLSServer(http.HandlerFunc(serveOddly))
	defer secure.Close()
	client := newPageClient()
	client.Transport = secure.Client().Transport
	const webPage = "this is a web page, not Markdown; is .md missing at the end of the URL?"
	for _, tt := range []struct{ address, want string }{
		{plain.URL + "/page", ""},
		{plain.URL + "/page?token=x#y", ""},
		{plain.URL + "/redirects/10", ""},
		{plain.URL + "/redirects/11", "more than 10 redirects"},
		{secure.URL + "/redirects/1", ""},
		{plain.URL + "/elsewhere?to=" + secure.URL + "/page", ""},
		{secure.URL + "/elsewhere?to=" + plain.URL + "/page", "/page is not encrypted; download the page"},
		{plain.URL + "/elsewhere?to=file:///etc/hosts", "unsupported protocol scheme"},
		{plain.URL + "/status/404", "the server answers 404 Not Found instead of a page; check the URL"},
		{plain.URL + "/status/203", "the server answers 203 Non-Authoritative Information instead"},
		{plain.URL + "/html", webPage},
		{plain.URL + "/cut", "the page cannot be read to its end: unexpected EOF"},
		{plain.URL + "/large", "the page cannot be read to its end: http: request body too large"},
		{"http://127.0.0.1:1/page", "connection refused"},
		{"https:///page", "no Host in request URL"},
		{plain.URL + "/%zz", `invalid URL escape "%zz"`},
	} {
		t.Run(tt.address, func(t *testing.T) {
			page, err := fetch(t.Context(), client, tt.address)
			if tt.want == "" {
				mustHave(t, fmt.Sprintf("%s, error %v", page, err), "# A page, error <nil>")
				return
			}
			mustHave(t, fmt.Sprint(err), tt.address, tt.want)
		})
	}
}

// TestFetchEnds of a page that does not end, after a time or when it is stopped.
func TestFetchEnds(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(serveOddly))
	defer server.Close()
	client := newPageClient()
	client.Timeout = 50 * time.Millisecond
	_, err := fetch(t.Context(), client, server.URL+"/hangs")
	mustHave(t, fmt.Sprint(err), "Client.Timeout")
	stopped, stop := context.WithCancelCause(t.Context())
	stop(errors.New("stopped by hand"))
	_, err = fetch(stopped, newPageClient(), server.URL+"/page")
	mustHave(t, fmt.Sprint(err), "stopped by hand")
}

func TestPasswordIsNotPrinted(t *testing.T) {
	for _, address := range []string{"https://me:secret@example.com/a.md", "HTTP://secret@a b/a.md"} {
		_, err := fetch(t.Context(), newPageClient(), address)
		if err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("error %v", err)
		}
	}
}
