// Package prism runs the client against Stoplight Prism, an implementation of OpenAPI that is
// independent of the generator. As a mock of openapi.yaml, Prism checks each request and responds as
// the spec declares. As a proxy in front of the fake server of package apitest, it checks requests
// and responses.
package prism

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/sellerscenter/client-go/api"
	"github.com/sellerscenter/client-go/generated"
)

var baseURL string

func TestMain(m *testing.M) {
	code := 1
	mock, err := start("mock", "../../../openapi.yaml")
	if err != nil {
		fmt.Fprintln(os.Stderr, "start Prism (run npm ci in internal/checks/prism first):", err)
	} else {
		baseURL = mock.url
		code = m.Run()
		mock.stop()
	}
	os.Exit(code)
}

// process is a Prism that listens.
type process struct {
	url  string
	log  lockedBuffer
	stop func() // the log is complete when it returns; it may be called again
}

// start starts a command of Prism on a free port and waits until it listens.
func start(command string, args ...string) (*process, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	addr := listener.Addr().String()
	_, port, _ := net.SplitHostPort(addr)
	if err := listener.Close(); err != nil {
		return nil, err
	}
	args = append([]string{command, "--host", "127.0.0.1", "--port", port}, args...)
	cmd := exec.Command("node_modules/.bin/prism", args...)
	p := &process{url: "http://" + addr}
	cmd.Stdout = &p.log
	cmd.Stderr = &p.log
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	exited := make(chan error, 1)
	go func() { exited <- cmd.Wait() }()
	p.stop = sync.OnceFunc(func() {
		_ = cmd.Process.Kill()
		<-exited //nolint:errcheck // killed
	})
	for range 600 {
		select {
		case err := <-exited:
			return nil, errors.New(p.log.String() + err.Error())
		case <-time.After(100 * time.Millisecond):
		}
		if conn, err := net.Dial("tcp", addr); err == nil {
			return p, conn.Close()
		}
	}
	p.stop()
	return nil, errors.New("it does not listen after a minute: " + p.log.String())
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// prefer tells Prism which response to choose.
func prefer(value string) []generated.RequestEditorFn {
	return []generated.RequestEditorFn{func(_ context.Context, r *http.Request) error {
		r.Header.Set("Prefer", value)
		return nil
	}}
}

// keyless takes the key away again, below the client.
type keyless struct{}

func (keyless) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Del("X-API-Key")
	return http.DefaultTransport.RoundTrip(r)
}

func TestDeclaredResponses(t *testing.T) {
	params := &generated.GetShipOrderBatchResultsParams{
		BatchRequestID: uuid.MustParse("0d7c3f4e-1f5b-4c8e-9b61-6f1a2c3d4e5f"),
	}
	for _, tt := range []struct {
		name      string
		params    *generated.GetShipOrderBatchResultsParams
		editors   []generated.RequestEditorFn
		transport http.RoundTripper
		status    int
		sentinel  error
		attempts  int
	}{
		{
			name:   "200",
			params: params,
			status: 200,
		},
		{
			name:    "200 with random values",
			params:  params,
			editors: prefer("dynamic=true"),
			status:  200,
		},
		{
			name:     "400, required parameter missing",
			status:   400,
			sentinel: api.ErrBadRequest,
			attempts: 1,
		},
		{
			name:     "400, chosen",
			params:   params,
			editors:  prefer("code=400"),
			status:   400,
			sentinel: api.ErrBadRequest,
			attempts: 1,
		},
		{
			name:      "401, no key",
			params:    params,
			transport: keyless{},
			status:    401,
			sentinel:  api.ErrUnauthorized,
			attempts:  1,
		},
		{
			name:     "404",
			params:   params,
			editors:  prefer("code=404"),
			status:   404,
			sentinel: api.ErrNotFound,
			attempts: 1,
		},
		{
			name:     "503 of the declared default",
			params:   params,
			editors:  prefer("code=503"),
			status:   503,
			sentinel: api.ErrServer,
			attempts: 4,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			client, err := api.New(baseURL, "any-key-will-do",
				api.WithHTTPClient(&http.Client{Transport: tt.transport}),
				api.WithRetry(api.RetryPolicy{MinDelay: time.Millisecond, MaxDelay: time.Millisecond}))
			if err != nil {
				t.Fatal(err)
			}
			resp, err := client.GetShipOrderBatchResultsWithResponse(t.Context(), tt.params, tt.editors...)
			if tt.status == 200 {
				if err != nil || resp.JSON200 == nil {
					t.Fatalf("response %+v, error %v, want what the spec declares", resp, err)
				}
				if resp.JSON200.BatchRequestID == uuid.Nil || !resp.JSON200.Status.Valid() {
					t.Errorf("result %+v, want what the spec declares", resp.JSON200)
				}
				return
			}
			var apiErr *api.Error
			if resp != nil || !errors.As(err, &apiErr) || !errors.Is(err, tt.sentinel) {
				t.Fatalf("response %v, error %v, want %v", resp, err, tt.sentinel)
			}
			if apiErr.StatusCode != tt.status || apiErr.Attempts != tt.attempts {
				t.Fatalf("error %v, want status code %d after %d attempts", err, tt.status, tt.attempts)
			}
			if tt.status == 503 {
				return
			}
			var schema generated.BadRequestSchema
			err = apiErr.Decode(&schema)
			if err != nil || schema.Message == "" || apiErr.Message != schema.Message {
				t.Errorf("declared schema %+v, error %v, message %q", schema, err, apiErr.Message)
			}
		})
	}
}
