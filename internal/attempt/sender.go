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

// maxAnnounced is how much memory an announced length is worth before anything has arrived.
const maxAnnounced = 32 << 20

// Sender makes attempts. It is safe for concurrent use.
type Sender struct {
	Client *http.Client
	// Timeout bounds an attempt from dialling to the last byte of the body.
	Timeout time.Duration
	// TimedOut is the error of an attempt that took longer.
	TimedOut error
	// MaxBytes bounds the body of a response, after decompression.
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
	ctx, cancel := context.WithTimeoutCause(a.newContext(), s.Timeout, s.TimedOut)
	defer cancel()
	req := a.Request.WithContext(ctx)
	if s.Client.Jar != nil {
		req.Header = req.Header.Clone() // each attempt gets cookies of its own
	}
	response, err := s.roundTrip(req)
	return Result{Response: response, Err: err, Duration: time.Since(began)}
}

func (s *Sender) roundTrip(req *http.Request) (*Response, error) {
	resp, err := s.Client.Do(req)
	var location *auth.LocationError
	switch {
	case errors.As(err, &location):
		return s.read(location.Response)
	case resp != nil && err != nil: // the caller's CheckRedirect refused a redirect
		return &Response{Response: resp}, err
	case err != nil:
		return nil, err
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
	var content bytes.Buffer
	content.Grow(int(max(0, min(resp.ContentLength, s.MaxBytes, maxAnnounced))) + bytes.MinRead)
	n, err := content.ReadFrom(io.LimitReader(resp.Body, s.MaxBytes+1))
	tooLarge := n > s.MaxBytes
	response := &Response{Response: resp, Content: content.Bytes(), Whole: err == nil && !tooLarge}
	switch {
	case resp.StatusCode/100 != 2:
		return response, nil
	case err != nil:
		return nil, fmt.Errorf("body of the response with status code %d: %w", resp.StatusCode, err)
	case tooLarge:
		return response, TooLargeError(s.MaxBytes)
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
