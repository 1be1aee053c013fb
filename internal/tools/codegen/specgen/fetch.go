package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"strings"
	"time"
)

const (
	fetchTimeout = 30 * time.Second
	maxRedirects = 10
	maxPageSize  = 32 << 20 // bytes
)

// fetcher reads pages by URL.
type fetcher struct {
	timeout   time.Duration     // for a page with its redirects and its body
	transport http.RoundTripper // nil means http.DefaultTransport
}

var urlStart = regexp.MustCompile(`(?i)^(https?:|[a-z][a-z0-9+.-]+://)`)

// isURL reports whether a page's name is meant to be a URL, even one that cannot be read.
func isURL(name string) bool { return urlStart.MatchString(name) }

// fetch reads the page at an address. Its errors begin with the address.
func (f fetcher) fetch(ctx context.Context, address string) (pageText, error) {
	target, err := parseAddress(address)
	if err != nil {
		return pageText{}, err
	}
	tooSlow := fmt.Errorf("no complete answer within %v; try again", f.timeout)
	ctx, cancel := context.WithTimeoutCause(ctx, f.timeout, tooSlow)
	defer cancel()
	page, err := f.get(ctx, target)
	if err == nil {
		return page, nil
	}
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	return pageText{}, fmt.Errorf("%s: %w", address, err)
}

func parseAddress(address string) (*url.URL, error) {
	target, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("%s: not a valid URL: %w", address, withoutURL(err))
	}
	if target.Scheme != "http" && target.Scheme != "https" {
		return nil, fmt.Errorf("%s: unsupported scheme %s; write an https or http URL, or a file name",
			address, target.Scheme)
	}
	if target.Hostname() == "" {
		return nil, fmt.Errorf("%s: not a valid URL: it has no host; write https://HOST/PAGE.md", address)
	}
	if target.User != nil {
		return nil, fmt.Errorf("%s: the URL has a user name in it, which errors would print;"+
			" download the page and import the file", target.Redacted())
	}
	return target, nil
}

// withoutURL returns the cause of an error that would repeat the URL.
func withoutURL(err error) error {
	var urlError *url.Error
	if errors.As(err, &urlError) {
		return urlError.Err
	}
	return err
}

func (f fetcher) get(ctx context.Context, target *url.URL) (pageText, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, target.String(), http.NoBody)
	if err != nil {
		return pageText{}, err
	}
	request.Header.Set("User-Agent", "specgen (import of OpenAPI pages)")
	request.Header.Set("Accept", "text/markdown, application/json;q=0.9, application/yaml;q=0.9,"+
		" text/plain;q=0.8, */*;q=0.1")
	client := http.Client{Transport: f.transport, CheckRedirect: checkRedirect}
	response, err := client.Do(request)
	if err != nil {
		return pageText{}, withoutURL(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return pageText{}, fmt.Errorf("the server answers %d %s instead of a page; check the URL",
			response.StatusCode, http.StatusText(response.StatusCode))
	}
	src, err := readBody(response.Body)
	if err != nil {
		return pageText{}, err
	}
	mediaType, _, _ := mime.ParseMediaType(response.Header.Get("Content-Type")) // may be empty
	if isWebPage(mediaType, src) {
		return pageText{}, webPageError(target)
	}
	return pageText{path: target.Path, mediaType: mediaType, src: src}, nil
}

// checkRedirect lets a redirect pass unless there were too many, or it gives up encryption.
func checkRedirect(next *http.Request, earlier []*http.Request) error {
	if len(earlier) > maxRedirects {
		return fmt.Errorf("more than %d redirects, the next to %s; do they lead in a circle?",
			maxRedirects, next.URL.Redacted())
	}
	last := earlier[len(earlier)-1]
	if last.URL.Scheme == "https" && next.URL.Scheme != "https" {
		return fmt.Errorf("refused the redirect to %s, which is not encrypted;"+
			" download the page and import the file", next.URL.Redacted())
	}
	return nil
}

func readBody(body io.Reader) ([]byte, error) {
	src, err := io.ReadAll(io.LimitReader(body, maxPageSize+1))
	if err != nil {
		return nil, fmt.Errorf("the page breaks off: %w", err)
	}
	if len(src) > maxPageSize {
		return nil, fmt.Errorf("the page is larger than %d MiB; is it the right one?", maxPageSize>>20)
	}
	if len(withoutMark(src)) == 0 {
		return nil, errors.New("the page is empty; check the URL")
	}
	return src, nil
}

var htmlStart = regexp.MustCompile(`(?i)^<(!doctype\s+html|html)[\s>]`)

func isWebPage(mediaType string, src []byte) bool {
	return mediaType == "text/html" || mediaType == "application/xhtml+xml" ||
		htmlStart.Match(withoutMark(src))
}

func webPageError(target *url.URL) error {
	if strings.EqualFold(path.Ext(target.Path), ".md") {
		return errors.New("this is a web page, not Markdown; look at it in a browser")
	}
	return errors.New("this is a web page, not Markdown; is .md missing at the end of the URL?")
}

// withoutMark returns a text without a byte order mark and without blanks around it.
func withoutMark(src []byte) []byte {
	return bytes.TrimSpace(bytes.TrimPrefix(src, []byte("\ufeff")))
}
