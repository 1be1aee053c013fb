package retry

import (
	"bytes"
	"errors"
	"io"
	"math"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"time"
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

func TestBodyArrivesWhole(t *testing.T) {
	for _, size := range []int{0, 1, 511, 512, 513, 1535, 1536, 1537, 1 << 20, 3<<20 + 7} {
		want := make([]byte, size)
		for i := range want {
			want[i] = byte(i * 40_503 >> 8)
		}
		for name, reader := range map[string]func(io.Reader) io.Reader{
			"as much as there is room for": func(r io.Reader) io.Reader { return r },
			"half of it":                   iotest.HalfReader,
			"the end with the last bytes":  iotest.DataErrReader,
		} {
			for _, told := range []int{-1, size, size / 2, 2 * size, math.MaxInt} {
				a := &Attempt{Timeout: time.Minute, MaxBytes: int64(size), Client: &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
					return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(reader(bytes.NewReader(want))), ContentLength: int64(told), Request: r}, nil
				})}}
				resp, err := a.Do(request(t, t.Context(), "GET", ""))
				if err != nil {
					t.Fatalf("%d bytes, %s: %v", size, name, err)
				}
				if got, err := io.ReadAll(resp.Body); err != nil || !bytes.Equal(got, want) || resp.ContentLength != int64(size) {
					t.Errorf("%d bytes of %d, %s: got %d other ones, length %d, error %v", size, told, name, len(got), resp.ContentLength, err)
				}
			}
		}
	}
}

// TestBodyIsHeldOnce shows that reading a body costs no more memory than it has bytes, and a piece.
func TestBodyIsHeldOnce(t *testing.T) {
	const size = 16 << 20
	body := zeros{}
	a := &Attempt{Timeout: time.Minute, MaxBytes: size, Client: &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(io.LimitReader(body, size)), Request: r}, nil
	})}}
	req := request(t, t.Context(), "GET", "")
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	resp, err := a.Do(req)
	runtime.ReadMemStats(&after)
	if err != nil || resp.ContentLength != size {
		t.Fatalf("length %d, error %v", resp.ContentLength, err)
	}
	if n := after.TotalAlloc - before.TotalAlloc; n > size+2<<20 {
		t.Errorf("%d bytes allocated for a body of %d", n, size)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }
