package retry

import (
	"net/http"
	"slices"
	"time"

	"github.com/sellerscenter/client-go/internal/attempt"
)

// decision is what an attempt's end means for the call.
type decision struct {
	// settled reports a response to keep, good or bad: the server is well.
	settled bool
	// again reports a failure worth another attempt, which does no harm.
	again bool
	// throttled reports that the server is well, and refused to process this request.
	throttled bool
	// retryAfter is the delay that the response asks for, 0 if none.
	retryAfter time.Duration
	// unknown reports that the server may have carried out a request that must not be repeated.
	unknown bool
}

var idempotentMethods = []string{
	"", // stands for GET
	http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodPut, http.MethodDelete,
}

// isIdempotent reports whether repeating a request of this method has the effect of making it once
// (RFC 9110, section 9.2.2).
func isIdempotent(method string) bool { return slices.Contains(idempotentMethods, method) }

// decide judges an attempt's end.
func decide(safe bool, result attempt.Result) decision {
	if result.Err == nil {
		return decideResponse(safe, result.Response)
	}
	if result.Response != nil || Permanent(result.Err) {
		return decision{}
	}
	harmless := safe || result.Unconnected
	return decision{again: harmless, unknown: !harmless}
}

func decideResponse(safe bool, resp *attempt.Response) decision {
	status := resp.StatusCode
	delay, stated := ParseAfter(resp.Header)
	throttled := status == http.StatusTooManyRequests
	unprocessed := throttled || status == http.StatusServiceUnavailable && stated
	harmless := safe || unprocessed
	return decision{
		settled:    !isTransient(status),
		again:      isTransient(status) && harmless,
		throttled:  throttled,
		retryAfter: delay,
		unknown:    LeavesOpen(status) && !harmless,
	}
}

var transientStatuses = []int{
	http.StatusRequestTimeout, http.StatusTooManyRequests, http.StatusInternalServerError,
	http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout,
	520, 521, 522, 523, 524, // a CDN's, for an origin that it cannot reach or understand
}

// isTransient reports whether a status code stands for a transient failure.
func isTransient(status int) bool { return slices.Contains(transientStatuses, status) }

// LeavesOpen reports whether a status code does not tell what the server did with the request: a
// gateway's 504, for one, comes while the server may still be at work.
func LeavesOpen(status int) bool {
	return status == http.StatusRequestTimeout || status/100 == 5 && status != http.StatusNotImplemented
}
