package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/sellerscenter/client-go/api"
)

const (
	baseURLVariable = "SELLERS_CENTER_BASE_URL"
	keyVariable     = "SELLERS_CENTER_API_KEY"
)

// runDemo runs the demo without a delay, since it has real sockets and so the real clock: neither
// between attempts nor between polls.
func runDemo(t *testing.T, env map[string]string, terminal bool, args ...string) (int, string, string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	d := demo{
		env:      func(name string) string { return env[name] },
		terminal: terminal,
		stdout:   &stdout,
		opts: []api.Option{
			api.WithRetry(api.RetryPolicy{MinDelay: 1, MaxDelay: 1}),
			api.WithoutRateLimit(),
		},
	}
	code := d.run(t.Context(), args, &stderr)
	return code, stdout.String(), stderr.String()
}

// quick makes the fake's batches end with the first poll.
func quick(t *testing.T) {
	t.Helper()
	before := batches
	t.Cleanup(func() { batches = before })
	batches = nil
	for _, b := range before {
		b.Statuses = b.Statuses[len(b.Statuses)-1:]
		batches = append(batches, b)
	}
}

func TestDemoOfFakeServer(t *testing.T) {
	quick(t)
	code, stdout, stderr := runDemo(t, nil, false)
	if code != 0 {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	for _, want := range []string{
		": completed\n",
		": failed\n",
		"cause=503",
		"unexpected EOF",
		"shipped  DHL_STD_NATIONAL     00340434161094042557   " +
			"order items 9007199254740993, 9007199254740994\n",
		"FAILED   DPD_EXPRESS_RETIRED  01475012345678         order items 9007199254741044\n" +
			"           because: carrier key is not active\n",
		"4 batches, 0 of them unfinished; 5 shipments shipped, 2 failed; " +
			"6 requests, 0 of them refused with 429.\n",
	} {
		if !strings.Contains(stdout, want) {
			t.Errorf("output lacks %q:\n%s", want, stdout)
		}
	}
	if strings.Contains(stdout, "\x1b") {
		t.Errorf("control characters in a pipe:\n%q", stdout)
	}
}

func TestTerminalHasALineForEachBatch(t *testing.T) {
	quick(t)
	code, stdout, stderr := runDemo(t, nil, true)
	if code != 0 {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	live, _, _ := strings.Cut(stdout, "\nBatch")
	if n := strings.Count(live, "  waiting\n"); n != 4 {
		t.Errorf("%d lines to begin with, want 4:\n%q", n, live)
	}
	if !strings.Contains(live, "\x1b[4A\r\x1b[2K") || !strings.Contains(live, "\x1b[1B\r") {
		t.Errorf("the lines are not updated in place:\n%q", live)
	}
	if strings.Contains(live, "retry:") {
		t.Errorf("log lines between those of the batches:\n%q", live)
	}
}

func TestWrongUsageIsOneLine(t *testing.T) {
	const id = "0d7c3f4e-1f5b-4c8e-9b61-6f1a2c3d4e5f"
	for _, tt := range []struct {
		name         string
		baseURL, key string
		args         []string
		code         int
		says         string
	}{
		{"no key", "http://127.0.0.1:1", "", []string{"-batch", id}, 2, keyVariable + " is not set"},
		{"no base URL", "", "key", []string{"-batch", id}, 2, baseURLVariable + " is not set"},
		{"no batch", "http://127.0.0.1:1", "key", nil, 2, "add -batch UUID"},
		{"bad UUID", "http://127.0.0.1:1", "key", []string{"-batch", "4711"}, 2, "not a UUID"},
		{"unknown flag", "", "", []string{"-nope"}, 2, "-nope"},
		{"bad base URL", "ftp://x", "key", []string{"-batch", id}, 1, "base URL"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			env := map[string]string{baseURLVariable: tt.baseURL, keyVariable: tt.key}
			code, stdout, stderr := runDemo(t, env, false, tt.args...)
			if code != tt.code || stdout != "" {
				t.Errorf("exit code %d, stdout %q", code, stdout)
			}
			if !strings.Contains(stderr, tt.says) || strings.Count(stderr, "\n") != 1 {
				t.Errorf("stderr %q, want one line with %q", stderr, tt.says)
			}
		})
	}
}

func TestUnfinishedBatchFailsTheDemo(t *testing.T) {
	quick(t)
	server, err := startFake(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer server.close()
	env := map[string]string{baseURLVariable: server.url, keyVariable: "not the fake's key"}
	code, stdout, stderr := runDemo(t, env, false, "-batch", server.batches[0].String())
	if code != 1 || !strings.Contains(stderr, "401") || !strings.Contains(stdout, "1 of them unfinished") {
		t.Errorf("exit code %d, stdout %q, stderr %q", code, stdout, stderr)
	}
}
