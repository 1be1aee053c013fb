package retry

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/sellerscenter/client-go/internal/attempt"
)

// What follows from the end of an attempt.
var (
	settled        = decision{settled: true}
	settledUnknown = decision{settled: true, unknown: true}
	again          = decision{again: true}
	throttled      = decision{again: true, throttled: true}
	unknown        = decision{unknown: true}
	hopeless       = decision{}
)

// in7s returns d with the delay that the response asks for.
func (d decision) in7s() decision {
	d.retryAfter = 7 * time.Second
	return d
}

func response(status int, header http.Header) *attempt.Response {
	return &attempt.Response{Response: &http.Response{StatusCode: status, Header: header}}
}

// TestDecide has the ends of attempts without a usable response, and what follows for a request that
// is safe to repeat, such as a GET, and for another one, such as a POST.
func TestDecide(t *testing.T) {
	for _, tt := range []struct {
		name        string
		result      attempt.Result
		safe, other decision
	}{
		{"no connection", attempt.Result{Err: io.EOF, Unconnected: true}, again, again},
		{"connection lost after writing", attempt.Result{Err: io.EOF}, again, unknown},
		{
			"proxy refuses",
			attempt.Result{Err: errors.New(http.StatusText(http.StatusForbidden)), Unconnected: true},
			hopeless, hopeless,
		},
		{"client certificate refused", attempt.Result{Err: alert(116)}, hopeless, hopeless},
		{"redirect refused", attempt.Result{Err: io.EOF, Response: response(302, nil)}, hopeless, hopeless},
		{
			"response too large", attempt.Result{Err: attempt.TooLargeError(7), Response: response(200, nil)},
			hopeless, hopeless,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			safe := decide(true, tt.result)
			other := decide(false, tt.result)
			if safe != tt.safe || other != tt.other {
				t.Errorf("%+v of a GET, %+v of a POST, want %+v, %+v", safe, other, tt.safe, tt.other)
			}
		})
	}
}

// TestDecideResponse has the status codes.
func TestDecideResponse(t *testing.T) {
	for _, tt := range []struct {
		statuses    []int
		retryAfter  string
		safe, other decision
	}{
		{[]int{200, 202, 204, 206}, "", settled, settled},
		{[]int{300, 302, 304, 307, 400, 401, 403, 404, 409, 413, 422, 425, 451, 499, 501}, "",
			settled, settled},
		{[]int{302, 404, 425, 501}, "7", settled.in7s(), settled.in7s()},
		{[]int{408, 500, 502, 503, 504, 520, 521, 522, 523, 524}, "", again, unknown},
		{[]int{408, 500, 504, 520}, "7", again.in7s(), unknown.in7s()},
		{[]int{505, 507, 519, 525, 599}, "", settled, settledUnknown},
		{[]int{429}, "", throttled, throttled},
		{[]int{429}, "7", throttled.in7s(), throttled.in7s()},
		{[]int{503}, "7", again.in7s(), again.in7s()},
		{[]int{503}, "0", again, again},
		{[]int{503}, "soon", again, unknown},
	} {
		for _, status := range tt.statuses {
			t.Run(fmt.Sprint(status, " ", tt.retryAfter), func(t *testing.T) {
				resp := response(status, http.Header{"Retry-After": {tt.retryAfter}})
				safe := decide(true, attempt.Result{Response: resp})
				other := decide(false, attempt.Result{Response: resp})
				if safe != tt.safe || other != tt.other {
					t.Errorf("%+v of a GET, %+v of a POST, want %+v, %+v", safe, other, tt.safe, tt.other)
				}
			})
		}
	}
}
