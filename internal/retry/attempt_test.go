package retry

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
)

// body counts what is read of it and whether it is closed.
type body struct {
	io.Reader
	read   int
	closed bool
}

func (b *body) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	b.read += n
	return n, err
}

func (b *body) Close() error {
	b.closed = true
	return nil
}

func TestAttemptBoundsAndClosesBodies(t *testing.T) {
	endless := io.LimitReader(zeros{}, 1<<40)
	for _, tt := range []struct {
		name     string
		status   int
		body     io.Reader
		kept     int
		maxRead  int
		tooLarge bool
	}{
		{"200 at the limit", 200, strings.NewReader(strings.Repeat("x", 100)), 100, 100, false},
		{"200 over the limit", 200, strings.NewReader(strings.Repeat("x", 101)), 101, 101, true},
		{"200 without an end", 200, endless, 101, 2000, true},
		{"404 larger than the limit", 404, strings.NewReader(strings.Repeat("x", 1000)), 1000, 1000, false},
		{"502 longer than is worth keeping", 502, strings.NewReader(strings.Repeat("x", MaxErrorBody+10)), MaxErrorBody + 10, MaxErrorBody + 10, false},
		{"502 without an end", 502, endless, 2*MaxErrorBody + 1, 3 * MaxErrorBody, false},
		{"101", 101, endless, 0, 0, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := &body{Reader: tt.body}
			a := &Attempt{MaxBytes: 100, Client: &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
				return &http.Response{StatusCode: tt.status, Header: http.Header{}, Body: b, Request: r}, nil
			})}}
			resp, err := a.Do(request(t, t.Context(), "GET", ""))
			if got := errors.As(err, new(TooLargeError)); got != tt.tooLarge || err != nil && !got {
				t.Errorf("error %v, want too large: %v", err, tt.tooLarge)
			}
			kept, err := io.ReadAll(resp.Body)
			if err != nil || len(kept) != tt.kept {
				t.Errorf("kept %d bytes, error %v, want %d", len(kept), err, tt.kept)
			}
			if b.read > tt.maxRead || !b.closed {
				t.Errorf("read %d bytes, closed %v, want at most %d and closed", b.read, b.closed, tt.maxRead)
			}
		})
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }
