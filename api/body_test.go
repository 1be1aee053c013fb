package api_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sellerscenter/client-go/api"
	"github.com/sellerscenter/client-go/internal/operation"
)

// TestEditedBodyIsReplayed has editors that set a body with and without what opens it again, which
// is then never the old body. Behind the slash is what net/http would send again itself.
func TestEditedBodyIsReplayed(t *testing.T) {
	newBody := func(text string) io.ReadCloser { return io.NopCloser(strings.NewReader(text)) }
	set := func(text string) func(*http.Request) {
		return func(r *http.Request) { r.Body = newBody(text) }
	}
	for _, tt := range []struct {
		name, body string
		edit       func(*http.Request)
		want       []string
		says       string // the error, empty for success
	}{
		{"as it is", "old", func(*http.Request) {}, []string{"old/old", "old/old"}, ""},
		{"none", "", func(*http.Request) {}, []string{"{}/{}", "{}/{}"}, ""},
		{"asked for", "old", func(r *http.Request) { _, _ = r.GetBody() }, []string{"old/old", "old/old"},
			""},
		{"opened again", "old", func(r *http.Request) { r.Body, _ = r.GetBody() },
			[]string{"old/old", "old/old"}, ""},
		{"set", "old", set("new"), []string{"new/<nil>"}, ": 503: "},
		{"set to the same text", "old", set("old"), []string{"old/<nil>"}, ": 503: "},
		{"set where there was none", "", set("new"), []string{"new/<nil>"}, ": 503: "},
		{"removed", "old", func(r *http.Request) { r.Body = nil }, []string{"<nil>/<nil>", "<nil>/<nil>"},
			""},
		{"set to none", "old", func(r *http.Request) { r.Body = http.NoBody },
			[]string{"{}/<nil>", "{}/<nil>"}, ""},
		{"set with GetBody", "old", func(r *http.Request) {
			r.Body = newBody("new")
			r.GetBody = func() (io.ReadCloser, error) { return newBody("new"), nil }
		}, []string{"new/new", "new/new"}, ""},
		{"without GetBody", "old", func(r *http.Request) { r.GetBody = nil }, []string{"old/<nil>"},
			": 503: "},
		{"cannot be opened", "old", func(r *http.Request) {
			r.GetBody = func() (io.ReadCloser, error) { return nil, errors.New("file is gone") }
		}, []string{"old/file is gone"}, ": file is gone: 503: "},
	} {
		inBubble(t, tt.name, func(t *testing.T) {
			var sent []string
			c := newClient(t, after(func(r *http.Request) {
				sent = append(sent, textOfBody(r.Body, nil)+"/"+textOfBody(openAgain(r)))
			}, inTurn(reply(503, ""), handle(ok))))
			req := request(t.Context(), t, "GET", baseURL, tt.body)
			prepared, _ := doer(t, c).(operation.Preparer).Prepare(req, "GetShipOrderBatchResults")
			tt.edit(req)
			_, err := prepared.Do(req)
			if !slices.Equal(sent, tt.want) || (err == nil) != (tt.says == "") ||
				!strings.Contains(fmt.Sprint(err), tt.says) {
				t.Errorf("sent %q, error %v, want %q and %q", sent, err, tt.want, tt.says)
			}
		})
	}
}

func openAgain(r *http.Request) (io.ReadCloser, error) {
	if r.GetBody == nil {
		return nil, nil
	}
	return r.GetBody()
}

// textOfBody reads a body, or says why there is none: {} is [http.NoBody], which net/http must know.
func textOfBody(body io.Reader, err error) string {
	if err != nil {
		return err.Error()
	}
	if body == nil || body == http.NoBody {
		return fmt.Sprint(body)
	}
	text, _ := io.ReadAll(body)
	return string(text)
}

// closeCounter counts how often it is closed.
type closeCounter struct {
	io.Reader

	closes int
}

func (b *closeCounter) Close() error {
	b.closes++
	return nil
}

// TestEachBodyIsClosedOnce also shows that it is the transport that closes a body that it got,
// since it may still be writing it when the response comes.
func TestEachBodyIsClosedOnce(t *testing.T) {
	closed := func(w wire) wire { return after(func(r *http.Request) { _ = r.Body.Close() }, w) }
	unavailable := closed(reply(503, "", "Retry-After", "1"))
	sealedLater := &keyVault{keys: []string{markedKey, "sealed"}}
	for _, tt := range []struct {
		name     string
		wire     wire
		opts     []api.Option
		deadline time.Duration
		closes   []int // of each body that was opened
	}{
		{"answered", closed(reply(200, "{}")), nil, time.Hour, []int{1}},
		{"answered at the second attempt", inTurn(unavailable, closed(reply(200, "{}"))), nil, time.Hour,
			[]int{1, 1}},
		{"answered while it is being written", reply(413, ""), nil, time.Hour, []int{0}},
		{"too late for the first attempt", reply(200, "{}"), nil, -1, []int{1}},
		{"too late in the backoff", unavailable, nil, time.Second, []int{1}},
		{"the rate limit does not fit", unavailable, []api.Option{api.WithRateLimit(1)}, 30 * time.Second,
			[]int{1, 1}},
		{"the key source fails", unavailable, []api.Option{api.WithKeySource(sealedLater.key)}, time.Hour,
			[]int{1, 1}},
	} {
		inBubble(t, tt.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), tt.deadline)
			defer cancel()
			var opened []*closeCounter
			open := func() (io.ReadCloser, error) {
				opened = append(opened, &closeCounter{Reader: strings.NewReader(`{"items":[]}`)})
				return opened[len(opened)-1], nil
			}
			req := request(ctx, t, "PUT", baseURL, "")
			req.Body, _ = open()
			req.GetBody = open
			_, _ = doer(t, newClient(t, tt.wire, tt.opts...)).Do(req)
			var closes []int
			for _, body := range opened {
				closes = append(closes, body.closes)
			}
			if !slices.Equal(closes, tt.closes) {
				t.Errorf("bodies were closed %v times, want %v", closes, tt.closes)
			}
		})
	}
}
