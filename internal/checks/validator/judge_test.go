// Package validator checks against openapi.yaml what the client sends and what the fake server of
// package apitest responds, with an implementation of OpenAPI that is independent of the generator.
package validator

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
)

// judge is a transport that compares each request and response with the spec. It is not safe for
// concurrent use.
type judge struct {
	next      http.RoundTripper
	router    routers.Router
	lenient   bool // about requests
	responses int
	findings  []error
}

func newJudge(t testing.TB, next http.RoundTripper) *judge {
	t.Helper()
	spec, err := openapi3.NewLoader().LoadFromFile("../../../openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	router, err := gorillamux.NewRouter(spec)
	if err != nil {
		t.Fatal(err)
	}
	return &judge{next: next, router: router}
}

func (j *judge) RoundTrip(r *http.Request) (*http.Response, error) {
	route, params, err := j.router.FindRoute(r)
	if err != nil {
		return nil, err
	}
	request := &openapi3filter.RequestValidationInput{
		Request:    r.Clone(r.Context()), // validation may set defaults
		PathParams: params,
		Route:      route,
		Options:    &openapi3filter.Options{AuthenticationFunc: hasKey, IncludeResponseStatus: true},
	}
	if err := openapi3filter.ValidateRequest(r.Context(), request); err != nil && !j.lenient {
		j.findings = append(j.findings, err)
	}
	resp, err := j.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(resp.Body)
	if err := errors.Join(err, resp.Body.Close()); err != nil {
		return nil, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	j.responses++
	response := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: request,
		Status:                 resp.StatusCode,
		Header:                 resp.Header,
		Options:                request.Options,
	}
	response.SetBodyBytes(body)
	if err := openapi3filter.ValidateResponse(r.Context(), response); err != nil {
		j.findings = append(j.findings, err)
	}
	return resp, nil
}

// hasKey looks for the key where the spec says that it is.
func hasKey(_ context.Context, input *openapi3filter.AuthenticationInput) error {
	scheme := input.SecurityScheme
	request := input.RequestValidationInput.Request
	if scheme.Type != "apiKey" || scheme.In != "header" || request.Header.Get(scheme.Name) == "" {
		return input.NewError(errors.New("no API key"))
	}
	return nil
}
