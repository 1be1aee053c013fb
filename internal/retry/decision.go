package retry

import (
	"net/http"
	"slices"
	"time"

	"github.com/sellerscenter/client-go/internal/attempt"
)

// verdict is what an attempt's end means for the call.
type verdict int

const (
	settled   verdict = iota // a response to keep, good or bad
	hopeless                 // a failure that another attempt would meet again, or must not risk
	transient                // a failure worth another attempt, at a cost to the budget
	throttled                // worth another attempt; the server is well and refused to process this one
)

// decision is a verdict with what belongs to it.
type decision struct {
	verdict verdict
	// retryAfter is the delay that the response asks for, 0 if none.
	retryAfter time.Duration
	// unknown reports that the server may have carried out a request that must not be repeated.
	unknown bool
}

var idempotentMethods = []string{
	http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodPut, http.MethodDelete,
}

// isIdempotent reports whether repeating a request of this method has the effect of making it once
// (RFC 9110, section 9.2.2).
func isIdempotent(method string) bool { return slices.Contains(idempotentMethods, method) }

// decide judges an attempt's end.
func decide(safe bool, result attempt.Result, trace *connTrace) decision {
	switch {
	case result.Response != nil && result.Err != nil, result.Response == nil && Permanent(result.Err):
		return decision{verdict: hopeless}
	case result.Response != nil:
		return decideResponse(safe, result.Response)
	case safe || trace.neverConnected(result.Err):
		return decision{verdict: transient}
	}
	return decision{verdict: hopeless, unknown: true}
}

func decideResponse(safe bool, resp *attempt.Response) decision {
	status := resp.StatusCode
	delay, stated := ParseAfter(resp.Header, time.Now())
	refused := status == http.StatusServiceUnavailable && stated // not processed, the server says
	d := decision{retryAfter: delay, unknown: !safe && !refused && leavesOpen(status)}
	switch {
	case status == http.StatusTooManyRequests: // not processed, so that every method may be repeated
		d.verdict = throttled
	case isTransient(status) && (safe || refused):
		d.verdict = transient
	case isTransient(status):
		d.verdict = hopeless
	}
	return d
}

var transientStatuses = []int{
	http.StatusRequestTimeout, http.StatusInternalServerError, http.StatusBadGateway,
	http.StatusServiceUnavailable, http.StatusGatewayTimeout,
	520, 521, 522, 523, 524, // a CDN's, for an origin that it cannot reach or understand
}

// isTransient reports whether a status code tells of a failure that may pass.
func isTransient(status int) bool { return slices.Contains(transientStatuses, status) }

// leavesOpen reports whether a status code does not tell what the server did with the request: a
// gateway's 504, for one, comes while the server may still be at work.
func leavesOpen(status int) bool {
	return status == http.StatusRequestTimeout || status/100 == 5 && status != http.StatusNotImplemented
}
