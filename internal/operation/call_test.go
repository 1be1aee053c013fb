package operation

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
)

// preparer answers a prepared request with the name of its operation as the status.
type preparer struct{ Doer }

func (preparer) Prepare(req *http.Request, name string) (Doer, error) {
	if req.URL == nil {
		return nil, errors.New("no URL")
	}
	return doer(name), nil
}

type doer string

func (d doer) Do(*http.Request) (*http.Response, error) {
	return &http.Response{Status: string(d), Body: http.NoBody}, nil
}

func TestPrepareTellsWhichOperationIsCalled(t *testing.T) {
	for _, tt := range []struct {
		name string
		doer Doer
		want string
	}{
		{"a preparer", preparer{doer("unprepared")}, "GetOrder"},
		{"another doer", doer("another"), "another"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "/orders/1", http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			prepared, err := Prepare(tt.doer, req, "GetOrder")
			if err != nil {
				t.Fatal(err)
			}
			resp, err := prepared.Do(req)
			if err != nil || resp.Status != tt.want {
				t.Errorf("done by %q, error %v", resp.Status, err)
			}
			_ = resp.Body.Close()
		})
	}
	if _, err := Prepare(preparer{}, new(http.Request), "GetOrder"); err == nil {
		t.Error("the error of a preparer is lost")
	}
}

func TestReadAllAsksTheBody(t *testing.T) {
	for _, tt := range []struct {
		body io.Reader
		want string
	}{
		{labelled{http.NoBody}, "whole"},
		{strings.NewReader("read"), "read"},
	} {
		content, err := ReadAll(tt.body)
		if err != nil || string(content) != tt.want {
			t.Errorf("%q, error %v, want %q", content, err, tt.want)
		}
	}
}

// labelled is a body that knows its call.
type labelled struct{ io.ReadCloser }

func (labelled) Content() []byte { return []byte("whole") }

func (labelled) Undecodable(err error) error { return errors.Join(errors.New("GET /orders"), err) }

func TestUndecodableAsksTheBody(t *testing.T) {
	cause := errors.New("unexpected end of JSON input")
	err := Undecodable(&http.Response{Body: labelled{http.NoBody}}, cause)
	if !errors.Is(err, cause) || !strings.HasPrefix(err.Error(), "GET /orders") {
		t.Errorf("error %v", err)
	}
	if err := Undecodable(&http.Response{Body: http.NoBody},
		cause); err != cause { //nolint:errorlint // the same
		t.Errorf("error %v of another body", err)
	}
}
