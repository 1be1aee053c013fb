// Package validator checks against openapi.yaml what the client sends and what the fake server of
// package apitest responds, with an implementation of OpenAPI that is independent of the generator.
package validator

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"github.com/sellerscenter/client-go/api/apitest"
)

// judge is a transport to a fake server that compares each request and response with the spec. It is
// not safe for concurrent use.
type judge struct {
	*apitest.Server

	router    routers.Router
	lenient   bool // about requests
	responses int
	findings  error
}

func newJudge(t testing.TB) *judge {
	t.Helper()
	spec, err := openapi3.NewLoader().LoadFromFile("../../../openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	router, err := gorillamux.NewRouter(spec)
	if err != nil {
		t.Fatal(err)
	}
	server := apitest.NewServer()
	t.Cleanup(server.Close)
	return &judge{Server: server, router: router}
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
	if !j.lenient {
		j.findings = errors.Join(j.findings, openapi3filter.ValidateRequest(r.Context(), request))
	}
	resp, err := j.HTTPClient().Transport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(resp.Body)
	resp.Body = io.NopCloser(bytes.NewReader(body))
	response := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: request,
		Status:                 resp.StatusCode,
		Header:                 resp.Header,
		Options:                request.Options,
	}
	response.SetBodyBytes(body)
	j.responses++
	j.findings = errors.Join(j.findings, openapi3filter.ValidateResponse(r.Context(), response))
	return resp, err
}

// check compares what was found with a part of it; empty stands for nothing.
func (j *judge) check(t testing.TB, want string, responses int) {
	t.Helper()
	if (j.findings == nil) != (want == "") || !strings.Contains(fmt.Sprint(j.findings), want) ||
		j.responses != responses {
		t.Errorf("in %d responses, found %v; want %q in %d", j.responses, j.findings, want, responses)
	}
}

// hasKey looks for the key where the spec says that it is.
func hasKey(_ context.Context, input *openapi3filter.AuthenticationInput) error {
	scheme := input.SecurityScheme
	header := input.RequestValidationInput.Request.Header
	if scheme.Type != "apiKey" || scheme.In != "header" || header.Get(scheme.Name) == "" {
		return input.NewError(errors.New("no API key"))
	}
	return nil
}
