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

func TestPipeHasALineForEachChange(t *testing.T) {
	quick(t)
	code, stdout, stderr := runDemo(t, nil, false)
	if code != 0 || stderr != "" {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	for _, want := range []string{
		" failed: 503 Service Unavailable;\n",
		"unexpected EOF;",
		" succeeded: 200 OK\n",
		"  completed   1 poll, ",
		"  failed      1 poll, ",
	} {
		if !strings.Contains(stdout, want) {
			t.Errorf("output lacks %q:\n%s", want, stdout)
		}
	}
	if strings.Contains(stdout, "\x1b") {
		t.Errorf("control characters in a pipe:\n%q", stdout)
	}
	checkWidth(t, stdout)
}

func TestDemoEndsWithTableOfOrderItems(t *testing.T) {
	quick(t)
	_, stdout, _ := runDemo(t, nil, false)
	for _, want := range []string{
		"9007199254740993     shipped      DHL_STD_NATIONAL     00340434161094042557\n" +
			"9007199254740994     shipped      DHL_STD_NATIONAL     00340434161094042557\n",
		"9007199254741044     NOT SHIPPED  DPD_EXPRESS_RETIRED  01475012345678\n" +
			"                     because: carrier key is not active\n" +
			"                     because: order item is already shipped\n",
	} {
		if !strings.Contains(stdout, want) {
			t.Errorf("output lacks %q:\n%s", want, stdout)
		}
	}
	const totals = "\n9 order items: 7 shipped, 2 not.\n" +
		"4 batches: 3 completed, 1 failed, 0 unfinished.\n" +
		"6 requests, with 2 retries and 0 refusals with 429.\n"
	if !strings.HasSuffix(stdout, totals) {
		t.Errorf("output does not end with %q:\n%s", totals, stdout)
	}
}

func TestTerminalShowsEventsAboveTheBatches(t *testing.T) {
	quick(t)
	code, stdout, stderr := runDemo(t, nil, true)
	if code != 0 || stderr != "" {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	shown := display(t, stdout)
	checkWidth(t, shown)
	live, table, _ := strings.Cut(shown, "\norder item ")
	live = strings.TrimSuffix(live, "\n")
	lines := strings.Split(live, "\n")
	for i, l := range lines {
		isBatch := strings.Contains(l, "1 poll, ")
		if last := i >= len(lines)-len(batches); isBatch != last {
			t.Errorf("line %d of %d is %q", i+1, len(lines), l)
		}
	}
	for _, want := range []string{" failed: 503", "unexpected EOF;", " succeeded: 200 OK"} {
		if !strings.Contains(live, want) {
			t.Errorf("the terminal lacks %q:\n%s", want, live)
		}
	}
	if !strings.Contains(table, "NOT SHIPPED") {
		t.Errorf("the terminal lacks the table:\n%s", shown)
	}
}

func checkWidth(t *testing.T, text string) {
	t.Helper()
	for l := range strings.Lines(text) {
		if n := len([]rune(strings.TrimSuffix(l, "\n"))); n > columns {
			t.Errorf("%d columns: %q", n, l)
		}
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
	id := server.batches[0].String()
	code, stdout, stderr := runDemo(t, env, false, "-batch", id, "-batch", id)
	if code != 1 || stderr != "demo: 1 batch is unfinished\n" {
		t.Errorf("exit code %d, stderr %q", code, stderr)
	}
	for _, want := range []string{
		"\nUnfinished:\n\n" + id + "  ended after 1 poll: ",
		"401",
		"  go run ./internal/demo \\\n    -batch " + id + "\n",
		"1 batch: 0 completed, 0 failed, 1 unfinished.\n",
	} {
		if !strings.Contains(stdout, want) {
			t.Errorf("output lacks %q:\n%s", want, stdout)
		}
	}
	checkWidth(t, stdout)
}
