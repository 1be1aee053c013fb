package retry

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

// MaxErrorBody is how much of the body of an answer other than 2xx is worth keeping, in bytes.
const MaxErrorBody = 64 << 10

// Attempt sends a request once and reads the answer whole, so that a body cut short fails the attempt and not its reader.
type Attempt struct {
	Client *http.Client
	// Timeout bounds the attempt from dialling to the last byte of the body.
	Timeout time.Duration
	// MaxBytes bounds the body of a 2xx answer, after decompression.
	MaxBytes int64
}

// Do returns the answer with its body in memory, or an error. Of an answer other than 2xx the status counts, whatever came of
// its body. A 2xx with a body beyond the limit comes with a TooLargeError: it was answered. Close tells of an answer whose body is not whole. The connection is always given
// back or closed.
func (a *Attempt) Do(req *http.Request) (*http.Response, error) {
	// A nearer deadline of the call does without the timer, which costs more than all else that is done here.
	if deadline, ok := req.Context().Deadline(); !ok || time.Until(deadline) > a.Timeout {
		ctx, cancel := context.WithTimeoutCause(req.Context(), a.Timeout, fmt.Errorf("no whole answer within %v: %w", a.Timeout, context.DeadlineExceeded))
		defer cancel()
		req = req.WithContext(ctx)
	}
	if a.Client.Jar != nil {
		req = req.Clone(req.Context()) // each attempt gets cookies of its own
	}
	resp, err := a.Client.Do(req) //nolint:gosec // where to is the caller's affair
	if resp == nil {
		return nil, err
	} // with an error as well, it is a redirect that the caller's CheckRedirect refused
	defer resp.Body.Close()
	good, limit := resp.StatusCode/100 == 2, a.MaxBytes
	if resp.StatusCode == http.StatusSwitchingProtocols {
		limit = -1 // the body is the raw connection, which need not ever end
	} else if !good {
		limit = 2 * MaxErrorBody // more than is kept, so that the connection of a long error page can be used again
	}
	body, n, err := read(resp.Body, resp.ContentLength, limit+1)
	resp.Close = err != io.EOF //nolint:errorlint // the bare one alone is a body's end
	if good && err != nil && resp.Close {
		return nil, fmt.Errorf("body of the %d answer: %w", resp.StatusCode, err)
	}
	if err = nil; good && n > limit {
		err = TooLargeError(limit)
	}
	for r := resp.Request; r != nil && r.Response != nil; r = r.Response.Request {
		r.Response.Body = http.NoBody // of a redirect: it leads to the connection, whose buffers have the key
	}
	resp.ContentLength, resp.Body = n, io.NopCloser(&body)
	return resp, err
}

// read reads up to limit bytes; the error is io.EOF if they are all. It keeps them in pieces, so that nothing is copied to grow, and
// the generated parser, which reads them into a slice of its own, frees each as it goes. The length is what the server told, and is
// believed for the first piece alone, with room to see the end; -1 stands for an untold one, with 512 bytes at first.
func read(r io.Reader, length, limit int64) (pieces net.Buffers, n int64, err error) {
	for size := min(max(length+1, -512*length), 1<<20); err == nil && n < limit; size = min(2*size, 1<<20) {
		piece, got := make([]byte, min(size, limit-n)), 0
		for err == nil && got < len(piece) {
			var m int
			m, err = r.Read(piece[got:])
			got += m
		}
		pieces, n = append(pieces, piece[:got]), n+int64(got)
	}
	return pieces, n, err
}

// TooLargeError reports that the body of a 2xx answer is longer than a limit, in bytes.
type TooLargeError int64

func (e TooLargeError) Error() string { return fmt.Sprintf("body larger than %d bytes", int64(e)) }

// Permanent reports that sending again would not help.
func (e TooLargeError) Permanent() bool { return true }
