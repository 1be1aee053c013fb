package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/sellerscenter/client-go/api"
)

// fast lets the demo, which runs over real sockets and so on the real clock, go without a delay: neither between attempts nor
// between polls.
var fast = []api.Option{api.WithRetry(api.RetryPolicy{MinDelay: 1, MaxDelay: 1}), api.WithoutRateLimit()}

func none(string) string { return "" }

func TestDemoOfFakeServer(t *testing.T) {
	defer quick()()
	var stdout, stderr bytes.Buffer
	if code := run(t.Context(), nil, none, false, &stdout, &stderr, fast...); code != 0 {
		t.Fatalf("exit code %d: %s", code, stderr.String())
	}
	for _, want := range []string{
		": completed\n", ": failed\n", "cause=503", "unexpected EOF",
		"shipped  DHL_STD_NATIONAL     00340434161094042557   order items 9007199254740993, 9007199254740994\n",
		"FAILED   DPD_EXPRESS_RETIRED  01475012345678         order items 9007199254741044\n           because: carrier key is not active\n",
		"4 batches, 0 of them not seen to their end; 5 shipments shipped, 2 failed; 6 requests, 0 of them answered 429.\n",
	} {
		if !strings.Contains(stdout.String(), want) {
			t.Errorf("output lacks %q:\n%s", want, stdout.String())
		}
	}
	if strings.Contains(stdout.String(), "\x1b") {
		t.Errorf("control characters in a pipe:\n%q", stdout.String())
	}
}

func TestTerminalHasALineForEachBatch(t *testing.T) {
	defer quick()()
	var stdout, stderr bytes.Buffer
	if code := run(t.Context(), nil, none, true, &stdout, &stderr, fast...); code != 0 {
		t.Fatalf("exit code %d: %s", code, stderr.String())
	}
	live, _, _ := strings.Cut(stdout.String(), "\nBatch")
	if n := strings.Count(live, "  waiting\n"); n != 4 {
		t.Errorf("%d lines to begin with, want 4:\n%q", n, live)
	}
	if !strings.Contains(live, "\x1b[4A\r\x1b[2K") || !strings.Contains(live, "\x1b[1B\r") || strings.Contains(live, "retry:") {
		t.Errorf("the lines are not updated in place:\n%q", live)
	}
}

// quick makes the fake's batches end with the first poll.
func quick() (restore func()) {
	before := batches
	batches = nil
	for _, b := range before {
		b.Statuses = b.Statuses[len(b.Statuses)-1:]
		batches = append(batches, b)
	}
	return func() { batches = before }
}

func TestWrongUsageIsOneLine(t *testing.T) {
	const id = "0d7c3f4e-1f5b-4c8e-9b61-6f1a2c3d4e5f"
	for _, tt := range []struct {
		name          string
		baseURL, key  string
		args          []string
		code          int
		wantInMessage string
	}{
		{"no key", "http://127.0.0.1:1", "", []string{"-batch", id}, 2, "SELLERS_CENTER_API_KEY is not set"},
		{"no base URL", "", "key", []string{"-batch", id}, 2, "SELLERS_CENTER_BASE_URL is not set"},
		{"no batch", "http://127.0.0.1:1", "key", nil, 2, "add -batch UUID"},
		{"bad UUID", "http://127.0.0.1:1", "key", []string{"-batch", "4711"}, 2, "not a UUID"},
		{"unknown flag", "", "", []string{"-nope"}, 2, "-nope"},
		{"bad base URL", "ftp://x", "key", []string{"-batch", id}, 1, "base URL"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			env := map[string]string{"SELLERS_CENTER_BASE_URL": tt.baseURL, "SELLERS_CENTER_API_KEY": tt.key}
			code := run(t.Context(), tt.args, func(name string) string { return env[name] }, false, &stdout, &stderr)
			message := stderr.String()
			if code != tt.code || !strings.Contains(message, tt.wantInMessage) || strings.Count(message, "\n") != 1 || stdout.Len() > 0 {
				t.Errorf("exit code %d, stdout %q, stderr %q", code, stdout.String(), message)
			}
		})
	}
}

func TestBatchThatIsLostFailsTheDemo(t *testing.T) {
	defer quick()()
	server, err := startFake(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer server.close()
	var stdout, stderr bytes.Buffer
	env := map[string]string{"SELLERS_CENTER_BASE_URL": server.url, "SELLERS_CENTER_API_KEY": "not the fake's key"}
	code := run(t.Context(), []string{"-batch", server.batches[0].String()}, func(name string) string { return env[name] }, false, &stdout, &stderr, fast...)
	if code != 1 || !strings.Contains(stderr.String(), "401") || !strings.Contains(stdout.String(), "1 of them not seen") {
		t.Errorf("exit code %d, stdout %q, stderr %q", code, stdout.String(), stderr.String())
	}
}
