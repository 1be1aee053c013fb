package operation

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// preparer answers a prepared request with the name of its operation as the status.
type preparer struct{ Doer }

func (preparer) Prepare(_ *http.Request, name string) (Doer, error) {
	return doer(name), nil
}

type doer string

func (d doer) Do(*http.Request) (*http.Response, error) {
	return &http.Response{Status: string(d), Body: http.NoBody}, nil
}

func TestPrepareTellsWhichOperationIsCalled(t *testing.T) {
	req := httptest.NewRequest(http.MethodGet, "/orders/1", http.NoBody)
	for want, d := range map[string]Doer{
		"GetOrder": preparer{doer("unprepared")},
		"another":  doer("another"),
	} {
		prepared, err := Prepare(d, req, "GetOrder")
		if err != nil {
			t.Fatal(err)
		}
		resp, err := prepared.Do(req)
		if err != nil || resp.Status != want {
			t.Errorf("done by %q, error %v, want %q", resp.Status, err, want)
		}
	}
}

// labelled is a body that knows its call.
type labelled struct{ io.ReadCloser }

func (labelled) Content() []byte { return []byte("whole") }

func (labelled) Unusable(why error) error { return fmt.Errorf("GET /orders: %w", why) }

// TestBodyOfACallIsAsked has one that knows its call, and one that does not.
func TestBodyOfACallIsAsked(t *testing.T) {
	plain := io.NopCloser(strings.NewReader("read"))
	cause := errors.New("unexpected end of JSON input")
	for want, body := range map[string]io.ReadCloser{
		"whole, GET /orders: unexpected end of JSON input": labelled{plain},
		"read, unexpected end of JSON input":               plain,
	} {
		content, err := ReadAll(body)
		unusable := Unusable(&http.Response{Body: body}, cause)
		if got := fmt.Sprintf("%s, %v", content, unusable); got != want || err != nil {
			t.Errorf("%q, error %v, want %q", got, err, want)
		}
	}
}
