package retry

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"time"
)

// MaxErrorBody is how much of the body of an answer other than 2xx is kept, in bytes.
const MaxErrorBody = 64 << 10

// Attempt sends a request once and reads the answer whole, so that a body cut short fails the attempt and not its reader.
type Attempt struct {
	Client *http.Client
	// Timeout bounds the attempt from dialling to the last byte of the body; 0 means no bound.
	Timeout time.Duration
	// MaxBytes bounds the body of a 2xx answer, after decompression.
	MaxBytes int64
}

// Do returns the answer with its body in memory. An answer can come with an error, when its body could not be read whole:
// a *TooLargeError, or the network's; then the body is what was read. The connection is always given back or closed.
func (a *Attempt) Do(req *http.Request) (*http.Response, error) {
	if a.Timeout > 0 {
		ctx, cancel := context.WithTimeout(req.Context(), a.Timeout)
		defer cancel()
		req = req.WithContext(ctx)
	}
	resp, err := a.Client.Do(req)
	if err != nil {
		return nil, err
	}
	body, err := readBody(resp, a.MaxBytes)
	resp.Body = io.NopCloser(bytes.NewReader(body))
	if err != nil {
		err = fmt.Errorf("body of the %d answer: %w", resp.StatusCode, err)
	}
	return resp, err
}

func readBody(resp *http.Response, limit int64) ([]byte, error) {
	defer resp.Body.Close()
	switch {
	case resp.StatusCode == http.StatusSwitchingProtocols:
		// The body is the raw connection, which need not ever end.
		return nil, nil
	case resp.StatusCode/100 != 2:
		body, err := io.ReadAll(io.LimitReader(resp.Body, MaxErrorBody))
		if err == nil {
			// A little more is read than kept, so that the connection of a long error page can be used again.
			_, _ = io.CopyN(io.Discard, resp.Body, MaxErrorBody)
		}
		return body, err
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, limit))
	if err != nil {
		return body, err
	}
	switch n, err := io.ReadFull(resp.Body, make([]byte, 1)); {
	case n > 0:
		return body, &TooLargeError{Limit: limit}
	case err != io.EOF:
		return body, err
	}
	return body, nil
}

// TooLargeError reports that the body of a 2xx answer is longer than the limit, in bytes.
type TooLargeError struct{ Limit int64 }

// Error names the limit.
func (e *TooLargeError) Error() string {
	return fmt.Sprintf("response body larger than %d bytes", e.Limit)
}

// Permanent reports that sending again would not help.
func (e *TooLargeError) Permanent() bool { return true }
