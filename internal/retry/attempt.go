package retry

import (
	"context"
	"fmt"
	"io"
	"maps"
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
// its body. A 2xx with a body beyond the limit comes with a TooLargeError: it was answered. The connection is always given
// back or closed.
func (a *Attempt) Do(req *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithTimeout(req.Context(), a.Timeout)
	defer cancel()
	req = req.WithContext(ctx)
	if a.Client.Jar != nil {
		req.Header = maps.Clone(req.Header) // each attempt gets cookies of its own
	}
	resp, err := a.Client.Do(req)
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
	body, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
	if good && err != nil {
		return nil, fmt.Errorf("body of the %d answer: %w", resp.StatusCode, err)
	}
	if err = nil; good && int64(len(body)) > limit {
		err = TooLargeError(limit)
	}
	for r := resp.Request; r != nil && r.Response != nil; r = r.Response.Request {
		r.Response.Body = http.NoBody // of a redirect: it leads to the connection, whose buffers have the key
	}
	resp.ContentLength, resp.Body = int64(len(body)), io.NopCloser(&net.Buffers{body}) // which frees what is read
	return resp, err
}

// TooLargeError reports that the body of a 2xx answer is longer than a limit, in bytes.
type TooLargeError int64

func (e TooLargeError) Error() string {
	return fmt.Sprintf("response body larger than %d bytes", int64(e))
}

// Permanent reports that sending again would not help.
func (e TooLargeError) Permanent() bool { return true }
