package attempt

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/sellerscenter/client-go/internal/auth"
)

const (
	// MaxErrorBody is how much of the body of a non-2xx response is kept, in bytes.
	MaxErrorBody = 64 << 10
	// maxErrorRead is how much of it is read: the connection of a somewhat longer one can be used
	// again.
	maxErrorRead = 2 * MaxErrorBody
	// maxAnnounced is how much memory an announced length is worth before anything has arrived.
	maxAnnounced = 32 << 20
)

// Sender makes attempts. It is safe for concurrent use.
type Sender struct {
	Client *http.Client
	// Timeout bounds an attempt from dialling to the last byte of the body.
	Timeout time.Duration
	// MaxBytes bounds the body of a 2xx response, after decompression.
	MaxBytes int64
}

// TooLargeError reports that the body of a 2xx response is longer than a limit, in bytes.
type TooLargeError int64

func (e TooLargeError) Error() string { return fmt.Sprintf("body larger than %d bytes", int64(e)) }

// Send sends the attempt's request. Of a non-2xx response the status code counts, whatever came of
// its body. A 2xx response whose body is too large, and a redirect that the caller refused, come
// with an error. The connection is given back or closed in any case.
func (s *Sender) Send(a Attempt) Result {
	began := time.Now()
	ctx, cancel := s.bound(a.newContext())
	defer cancel()
	req := a.Request.WithContext(ctx)
	if s.Client.Jar != nil {
		req.Header = req.Header.Clone() // each attempt gets cookies of its own
	}
	response, err := s.roundTrip(req)
	return Result{Response: response, Err: err, Duration: time.Since(began)}
}

// bound applies the timeout. A nearer deadline of the call does without the timer, which costs more
// than all else here.
func (s *Sender) bound(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline, ok := ctx.Deadline()
	if ok && time.Until(deadline) <= s.Timeout {
		return ctx, func() {}
	}
	cause := fmt.Errorf("no whole response within %v: %w", s.Timeout, context.DeadlineExceeded)
	return context.WithTimeoutCause(ctx, s.Timeout, cause)
}

func (s *Sender) roundTrip(req *http.Request) (*Response, error) {
	resp, err := s.Client.Do(req)
	var location *auth.LocationError
	if errors.As(err, &location) {
		return s.read(location.Response)
	}
	if resp == nil {
		return nil, err
	}
	if err != nil { // the caller's CheckRedirect refused a redirect
		return &Response{Response: resp}, err
	}
	return s.read(resp)
}

// read reads the body of a response, and closes it.
func (s *Sender) read(resp *http.Response) (*Response, error) {
	defer resp.Body.Close()
	defer forgetRedirects(resp)
	if resp.StatusCode == http.StatusSwitchingProtocols {
		return &Response{Response: resp}, nil // its body is the raw connection, which need not ever end
	}
	good := resp.StatusCode/100 == 2
	limit := int64(maxErrorRead)
	if good {
		limit = s.MaxBytes
	}
	var buffer bytes.Buffer
	buffer.Grow(int(max(0, min(resp.ContentLength, limit, maxAnnounced))) + bytes.MinRead) // to see its end too
	n, err := buffer.ReadFrom(io.LimitReader(resp.Body, limit+1))
	response := &Response{Response: resp, Content: buffer.Bytes(), Whole: err == nil && n <= limit}
	switch {
	case good && err != nil:
		return nil, fmt.Errorf("body of the response with status code %d: %w", resp.StatusCode, err)
	case good && n > limit:
		return response, TooLargeError(limit)
	}
	return response, nil
}

// forgetRedirects drops the bodies of followed redirects. They lead to the connection, whose
// buffers have the key.
func forgetRedirects(resp *http.Response) {
	for r := resp.Request; r != nil && r.Response != nil; r = r.Response.Request {
		r.Response.Body = http.NoBody
	}
}
