package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"time"
)

const (
	fetchTimeout = 30 * time.Second // of a page with its redirects and its body
	maxRedirects = 10
	maxPageSize  = 32 << 20 // bytes
)

var (
	isURL       = regexp.MustCompile(`(?i)^https?://`).MatchString
	hasPassword = regexp.MustCompile(`^[^/]*//[^/?#]*@`).MatchString
)

func newPageClient() *http.Client {
	return &http.Client{Timeout: fetchTimeout, CheckRedirect: checkRedirect}
}

// fetch reads the page at an address.
func fetch(ctx context.Context, client *http.Client, address string) ([]byte, error) {
	if hasPassword(address) { // which errors would print, and the document keep
		return nil, errors.New("a URL has a user name in it; download the page and import the file")
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return nil, err
	}
	response, err := client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", address, errors.Unwrap(err)) // it names the last redirect
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: the server answers %s instead of a page; check the URL, here or in %s",
			address, response.Status, sourceKey)
	}
	if strings.HasPrefix(response.Header.Get("Content-Type"), "text/html") {
		return nil, fmt.Errorf("%s: this is a web page, not Markdown; is .md missing at the end of the URL?",
			address)
	}
	src, err := io.ReadAll(http.MaxBytesReader(nil, response.Body, maxPageSize))
	if err != nil {
		return nil, fmt.Errorf("%s: the page cannot be read to its end: %w", address, err)
	}
	return src, nil
}

// checkRedirect lets a redirect pass unless there were too many, or it gives up encryption.
func checkRedirect(next *http.Request, earlier []*http.Request) error {
	if len(earlier) > maxRedirects {
		return fmt.Errorf("more than %d redirects, the next to %s", maxRedirects, next.URL.Redacted())
	}
	if earlier[0].URL.Scheme == "https" && next.URL.Scheme != "https" {
		return fmt.Errorf("the redirect to %s is not encrypted; download the page and import the file",
			next.URL.Redacted())
	}
	return nil
}
