package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// upstream serves pages by path, with a content type for each.
type upstream struct {
	*httptest.Server

	mux *http.ServeMux
}

func newUpstream(t *testing.T) upstream {
	t.Helper()
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return upstream{server, mux}
}

// serve makes the page at a path known and returns its URL.
func (u upstream) serve(path, contentType, body string) string {
	u.mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		_, _ = io.WriteString(w, body)
	})
	return u.URL + path
}

// redirect lets a path lead to a target and returns its URL.
func (u upstream) redirect(path, target string) string {
	u.mux.Handle(path, http.RedirectHandler(target, http.StatusFound))
	return u.URL + path
}

// expectNothingWritten imports pages with and without an openapi.yaml, and expects an error and
// that no file changes or comes into being.
func expectNothingWritten(ctx context.Context, t *testing.T, want string, pages ...string) {
	t.Helper()
	t.Chdir(".") // back where it was at the test's end
	for _, spec := range []string{handwritten, ""} {
		dir := t.TempDir()
		file := filepath.Join(dir, "openapi.yaml")
		if spec != "" {
			writeFile(t, file, spec)
		}
		var stdout bytes.Buffer
		args := append([]string{"import", "-config", configFile, "-C", dir}, pages...)
		err := run(ctx, args, &stdout)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %q", err, want)
		}
		entries, readErr := os.ReadDir(dir)
		if readErr != nil {
			t.Fatal(readErr)
		}
		switch {
		case spec == "" && len(entries) != 0:
			t.Errorf("%v was written", entries)
		case spec != "" && (len(entries) != 1 || readFile(t, file) != spec):
			t.Errorf("%v are there, openapi.yaml is\n%s", entries, readFile(t, file))
		}
		if stdout.Len() > 0 {
			t.Errorf("printed %q", stdout.String())
		}
	}
}

// TestFormatOfURL shows that the extension decides what a page is, then the content type, then the
// content.
func TestFormatOfURL(t *testing.T) {
	markdown := page("/c", "get", "get_c", "")
	json := document31("/c", "get", "get_c", "")
	pretty := strings.Replace(json, "{", "{\n  ", 1)
	yaml := "# ours\n---\n" + head + op("/c", "get_c")
	frontMatter := "---\nopenapi: GET /c\ntitle: C\n---\n" + markdown
	emoji := strings.Replace(json, `"get_c",`, `"get_c","summary":"\ud83d\ude80",`, 1) // no YAML
	for _, tt := range []struct{ name, path, contentType, body string }{
		{"Markdown by extension", "/a.md", "application/octet-stream", markdown},
		{"Markdown by extension, not by type", "/a.MARKDOWN", "application/json", markdown},
		{"JSON in the place of Markdown", "/a.md", "text/markdown", emoji},
		{"JSON by extension", "/a.json", "text/plain", json},
		{"JSON by extension, not by type", "/a.json", "application/yaml", emoji},
		{"YAML by extension", "/a.yml", "text/plain", yaml},
		{"YAML by extension, not by type", "/a.yaml", "application/json", yaml},
		{"query and fragment", "/a.yaml?v=1.md#x", "text/plain", head + op("/c", "get_c")},

		{"Markdown by type", "/a", "text/markdown; charset=utf-8", markdown},
		{"JSON by type", "/a", "Application/JSON", emoji},
		{"JSON by type with a suffix", "/a", "application/vnd.oai.openapi+json", json},
		{"YAML by type", "/a", "application/yaml", "tags: []\n" + head + op("/c", "get_c")},
		{"another extension", "/a.txt", "text/markdown", markdown},

		{"Markdown by content", "/a", "text/plain", markdown},
		{"Markdown with front matter", "/a", "text/plain", frontMatter},
		{"JSON by content", "/a", "text/plain", pretty},
		{"YAML by content", "/a", "text/plain", yaml},
		{"no type", "/a", "", yaml},
		{"byte order mark", "/a", "text/plain", "\ufeff" + yaml},
	} {
		t.Run(tt.name, func(t *testing.T) {
			u := newUpstream(t)
			path, query, _ := strings.Cut(tt.path, "?")
			address := u.serve(path, tt.contentType, tt.body)
			if query != "" {
				address += "?" + query
			}
			spec := handwritten
			got, stdout, err := importInto(t, &spec, nil, address)
			if err != nil || !strings.Contains(got, "  /c:\n") {
				t.Errorf("error %v, printed %q, openapi.yaml is\n%s", err, stdout, got)
			}
		})
	}
}

// TestDocumentsOfURL shows what the documents of a page know about where they come from.
func TestDocumentsOfURL(t *testing.T) {
	u := newUpstream(t)
	u.serve("/webhooks.md", "text/markdown", webhooksPage)
	address := u.redirect("/old.md", "/webhooks.md")
	file := filepath.Join(t.TempDir(), "c.md")
	writeFile(t, file, page("/c", "get", "get_c", ""))
	p := project{fetcher: fetcher{timeout: fetchTimeout}}
	documents, err := p.readPages(t.Context(), []string{address, file})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, d := range documents {
		got = append(got, fmt.Sprintf("%s %s %d", d.file, d.source, d.root.Line))
	}
	want := []string{
		address + " " + address + " 15", address + " " + address + " 35", address + " " + address + " 44",
		file + " " + file + " 12",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("the documents are of\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestRequestForPage(t *testing.T) {
	u := newUpstream(t)
	var header http.Header
	var query string
	u.mux.HandleFunc("/a.md", func(w http.ResponseWriter, r *http.Request) {
		header = r.Header
		query = r.URL.RawQuery
		_, _ = io.WriteString(w, page("/c", "get", "get_c", ""))
	})
	if _, _, err := importInto(t, nil, nil, u.URL+"/a.md?version=1"); err != nil {
		t.Fatal(err)
	}
	if agent := header.Get("User-Agent"); !strings.HasPrefix(agent, "specgen") {
		t.Errorf("User-Agent: %s", agent)
	}
	if accept := header.Get("Accept"); !strings.HasPrefix(accept, "text/markdown,") {
		t.Errorf("Accept: %s", accept)
	}
	if query != "version=1" {
		t.Errorf("query %q", query)
	}
}

// TestPagesThatCannotBeFetched expects errors that begin with the URL.
func TestPagesThatCannotBeFetched(t *testing.T) {
	u := newUpstream(t)
	u.mux.HandleFunc("/large.md", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write(bytes.Repeat([]byte("\n"), maxPageSize+1))
	})
	u.mux.HandleFunc("/cut.md", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000")
		_, _ = io.WriteString(w, webhooksPage[:100])
	})
	u.mux.HandleFunc("/status/{code}", func(w http.ResponseWriter, r *http.Request) {
		var code int
		_, _ = fmt.Sscan(r.PathValue("code"), &code)
		w.WriteHeader(code)
		_, _ = io.WriteString(w, webhooksPage)
	})
	const isWebPage = "this is a web page, not Markdown; "
	const markdown = "text/markdown"
	const html = "text/html; charset=utf-8"
	for _, tt := range []struct{ name, address, want string }{
		{"unknown path", u.URL + "/nowhere.md", "the server answers 404 Not Found instead of a page"},
		{"no permission", u.URL + "/status/403", "the server answers 403 Forbidden instead of a page"},
		{"server's error", u.URL + "/status/502", "the server answers 502 Bad Gateway instead of a page"},
		{"another success", u.URL + "/status/203", "the server answers 203 Non-Authoritative Information"},
		{"redirect to nowhere", u.redirect("/lost.md", "/lost"), "the server answers 404 Not Found"},
		{"redirect in a circle", u.redirect("/circle.md", "/circle.md"),
			"more than 10 redirects, the next to " + u.URL + "/circle.md; do they lead in a circle?"},
		{"redirect to a file", u.redirect("/file.md", "file:///etc/hosts"), "unsupported protocol scheme"},

		{"HTML by type", u.serve("/html", html, webhooksPage),
			isWebPage + "is .md missing at the end of the URL?"},
		{"HTML by type, .md", u.serve("/html.md", html, webhooksPage), isWebPage + "look at it in a browser"},
		{"HTML by type, broken", u.serve("/broken", "Text/HTML; charset", webhooksPage), isWebPage},
		{"XHTML", u.serve("/xhtml", "application/xhtml+xml", webhooksPage), isWebPage},
		{"HTML by content", u.serve("/content", markdown, "\ufeff\n<!DOCTYPE html>\n<p>"), isWebPage},
		{"HTML without a type", u.serve("/tag", markdown, "<HTML lang=en>"), isWebPage},
		{"HTML in the place of JSON", u.serve("/a.json", "application/json", "<html>"), isWebPage},

		{"empty", u.serve("/empty.md", markdown, ""), "the page is empty; check the URL"},
		{"blank", u.serve("/blank.md", markdown, "\ufeff \n"), "the page is empty; check the URL"},
		{"large", u.URL + "/large.md", "the page is larger than 32 MiB"},
		{"cut short", u.URL + "/cut.md", "the page breaks off: unexpected EOF"},

		{"ftp", "ftp://example.com/a.md", "unsupported scheme ftp; write an https or http URL"},
		{"file", "file:///a.md", "unsupported scheme file; write an https or http URL"},
		{"no host", "https:///a.md", "not a valid URL: it has no host"},
		{"no slashes", "https:a.md", "not a valid URL: it has no host"},
		{"blank in the host", "http://a b/a.md", `not a valid URL: invalid character " " in host name`},
		{"broken escape", u.URL + "/%zz.md", `not a valid URL: invalid URL escape "%zz"`},
		{"port", "http://127.0.0.1:x/a.md", `not a valid URL: invalid port ":x" after host`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			good := u.URL + "/good/" + strings.ReplaceAll(tt.name, " ", "-") + ".md"
			u.serve(strings.TrimPrefix(good, u.URL), markdown, page("/c", "get", "get_c", ""))
			expectNothingWritten(t.Context(), t, tt.address+": "+tt.want, good, tt.address)
		})
	}
}

// TestDocumentErrorsOfURL expects errors that begin with the URL and the line.
func TestDocumentErrorsOfURL(t *testing.T) {
	u := newUpstream(t)
	for _, tt := range []struct{ name, path, contentType, body, want string }{
		{"no document", "/none.md", "text/markdown", "# A page\n", ":1: the page has no OpenAPI document"},
		{"JSON by type", "/list", "application/json", "[]",
			":1: not an OpenAPI document: the top level is not a mapping"},
		{"second document", "/second.md", "text/markdown",
			strings.Replace(webhooksPage, `"create_webhook",`, "", 1), ":38: did not find expected"},
		{"operation", "/operation.md", "text/markdown",
			strings.Replace(webhooksPage, "operationId: delete_webhooks", "operationId: '1'", 1),
			`:49: operationId "1" gives no Go name`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			address := u.serve(tt.path, tt.contentType, tt.body)
			expectNothingWritten(t.Context(), t, address+tt.want, address)
		})
	}
}

func TestPasswordIsNotPrinted(t *testing.T) {
	const want = "https://me:xxxxx@example.com/a.md: the URL has a user name in it"
	expectNothingWritten(t.Context(), t, want, "https://me:secret@example.com/a.md")
}

func TestConnectionRefused(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := "http://" + listener.Addr().String() + "/a.md"
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	expectNothingWritten(t.Context(), t, address+": dial tcp "+listener.Addr().String()+": ", address)
}

// TestTenRedirects: ten redirects are followed, and no more.
func TestTenRedirects(t *testing.T) {
	u := newUpstream(t)
	u.serve("/0.md", "text/markdown", page("/c", "get", "get_c", ""))
	for i := 1; i <= 11; i++ {
		u.redirect(fmt.Sprintf("/%d.md", i), fmt.Sprintf("/%d.md", i-1))
	}
	if _, _, err := importInto(t, nil, nil, u.URL+"/10.md"); err != nil {
		t.Error(err)
	}
	want := u.URL + "/11.md: more than 10 redirects, the next to " + u.URL + "/0.md"
	expectNothingWritten(t.Context(), t, want, u.URL+"/11.md")
}

func TestRedirectsOfHTTPS(t *testing.T) {
	u := newUpstream(t)
	plain := u.serve("/a.md", "text/markdown", page("/c", "get", "get_c", ""))
	mux := http.NewServeMux()
	mux.Handle("/plain.md", http.RedirectHandler(plain, http.StatusFound))
	mux.Handle("/encrypted.md", http.RedirectHandler("/c.md", http.StatusFound))
	mux.HandleFunc("/c.md", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, page("/c", "get", "get_c", ""))
	})
	secure := httptest.NewTLSServer(mux)
	t.Cleanup(secure.Close)
	p := project{fetcher: fetcher{timeout: fetchTimeout, transport: secure.Client().Transport}}

	if _, err := p.readPages(t.Context(), []string{secure.URL + "/encrypted.md"}); err != nil {
		t.Error(err)
	}
	upgraded := u.redirect("/upgraded.md", secure.URL+"/c.md")
	if _, err := p.readPages(t.Context(), []string{upgraded}); err != nil {
		t.Error(err)
	}
	_, err := p.readPages(t.Context(), []string{secure.URL + "/plain.md"})
	want := secure.URL + "/plain.md: refused the redirect to " + plain + ", which is not encrypted"
	if err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("error %v, want %q", err, want)
	}
}

// slowServer sends the beginning of an answer, and the rest when the test ends.
func slowServer(t *testing.T, beginning string) (address string) {
	t.Helper()
	done := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if beginning != "" {
			_, _ = io.WriteString(w, beginning)
			_ = http.NewResponseController(w).Flush()
		}
		select {
		case <-done:
		case <-r.Context().Done():
		}
	}))
	t.Cleanup(server.Close)
	t.Cleanup(func() { close(done) })
	return server.URL + "/a.md"
}

func TestTimeoutOfPage(t *testing.T) {
	for name, beginning := range map[string]string{"header": "", "body": webhooksPage[:100]} {
		t.Run(name, func(t *testing.T) {
			address := slowServer(t, beginning)
			p := project{fetcher: fetcher{timeout: 50 * time.Millisecond}}
			_, err := p.readPages(t.Context(), []string{address})
			want := address + ": no complete answer within 50ms; try again"
			if err == nil || err.Error() != want {
				t.Errorf("error %v, want %q", err, want)
			}
		})
	}
}

// TestImportIsCancelled shows that a context ends the reading of a page.
func TestImportIsCancelled(t *testing.T) {
	address := slowServer(t, "")
	stopped := errors.New("stopped by hand")
	ctx, cancel := context.WithCancelCause(t.Context())
	time.AfterFunc(50*time.Millisecond, func() { cancel(stopped) })
	expectNothingWritten(ctx, t, address+": stopped by hand", address)
}
