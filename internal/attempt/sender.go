package attempt

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/sellerscenter/client-go/internal/auth"
)

// maxFailureBytes bounds the body of a response that is no success.
const maxFailureBytes = 128 << 10

// Sender makes attempts. It is safe for concurrent use.
type Sender struct {
	Client *http.Client
	// Keys is asked for the key of each attempt when the attempt is about to go, since a key may have
	// changed while the attempt waited for its turn.
	Keys auth.Source
	// Timeout bounds an attempt from dialling to the last byte of the body.
	Timeout time.Duration
	// MaxBytes bounds the body of a success, after decompression.
	MaxBytes int64
}

// TooLargeError reports that the body of a 2xx response is longer than a limit, in bytes.
type TooLargeError int64

func (e TooLargeError) Error() string { return fmt.Sprintf("body larger than %d bytes", int64(e)) }

// Send asks for the key and sends the attempt's request with it; without a key, nothing. Of a
// non-2xx response the status code counts, whatever happened to its body. A 2xx response whose body
// is too large, and a redirect that the caller refused, come with an error. The connection is given
// back or closed in any case.
func (s *Sender) Send(a Attempt) Result {
	began := time.Now()
	key, err := s.Keys(a.Request.Context())
	if err != nil {
		return Result{Err: err, NotSent: true, Unconnected: true, Duration: time.Since(began)}
	}
	a.Key = key
	trace := &connTrace{attempt: a}
	ctx := trace.newContext()
	// A nearer deadline of the call bounds the attempt too, and spares it the cost of a context.
	if deadline, ok := ctx.Deadline(); !ok || time.Until(deadline) > s.Timeout {
		bounded, cancel := context.WithTimeout(ctx, s.Timeout)
		defer cancel()
		ctx = bounded
	}
	req := a.Request.WithContext(ctx)
	if s.Client.Jar != nil {
		req.Header = req.Header.Clone() // each attempt gets cookies of its own
	}
	response, err := s.roundTrip(req)
	timedOut := req.Context().Err() != nil && a.Request.Context().Err() == nil
	if timedOut && errors.Is(err, context.DeadlineExceeded) {
		err = s.late(err)
	}
	return Result{
		Response:    response,
		Err:         err,
		Key:         key,
		Unconnected: response == nil && trace.neverConnected(err),
		Duration:    time.Since(began),
	}
}

func (s *Sender) roundTrip(req *http.Request) (*Response, error) {
	resp, err := s.Client.Do(req)
	if err == nil {
		return s.read(req.Context(), resp)
	}
	var location *auth.LocationError
	switch {
	case errors.As(err, &location):
		return s.read(req.Context(), location.Response)
	case resp != nil: // the caller's CheckRedirect refused a redirect, whose body is closed
		return &Response{Response: resp}, err
	}
	return nil, err
}

// late returns the error of an attempt that took too long, made from one that only says that a
// deadline passed.
func (s *Sender) late(err error) error {
	late := fmt.Errorf("no complete response within %v: %w", s.Timeout, Cause(err))
	var outer *url.Error
	if errors.As(err, &outer) {
		return &url.Error{Op: outer.Op, URL: outer.URL, Err: late}
	}
	return late
}

// read reads the body of a response, and closes it.
func (s *Sender) read(ctx context.Context, resp *http.Response) (*Response, error) {
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusSwitchingProtocols {
		return &Response{Response: resp}, nil // its body is the raw connection, which need not ever end
	}
	success := resp.StatusCode/100 == 2
	limit := s.MaxBytes
	if !success {
		limit = maxFailureBytes
	}
	content, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
	tooLarge := int64(len(content)) > limit
	response := &Response{Response: resp, Content: content, Whole: err == nil && !tooLarge}
	if response.Whole && response.endsWithinJSON(ctx) {
		err = errJSONEnds
	}
	if success && err != nil {
		return nil, fmt.Errorf("body of the response with status code %d: %w", resp.StatusCode, err)
	}
	if success && tooLarge {
		return response, TooLargeError(limit)
	}
	return response, nil
}
