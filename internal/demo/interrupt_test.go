package main

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/sellerscenter/client-go/api"
	"github.com/sellerscenter/client-go/api/apitest"
)

// interrupter is a stdout that interrupts the demo once it shows a batch in progress.
type interrupter struct {
	bytes.Buffer

	interrupt context.CancelFunc
}

func (w *interrupter) Write(p []byte) (int, error) {
	if bytes.Contains(p, []byte("processing")) {
		w.interrupt()
	}
	return w.Buffer.Write(p)
}

// endless makes two batches of the fake: one that ends, and one that does not.
func endless(t *testing.T) {
	t.Helper()
	quick(t)
	batches = []apitest.Batch{
		batches[0],
		{Statuses: []api.BatchStatus{api.StatusProcessing}},
	}
}

func interruptDemo(t *testing.T, env map[string]string, terminal bool, args ...string) (int, string, string) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	stdout := &interrupter{interrupt: cancel}
	var stderr bytes.Buffer
	d := demo{
		env:      func(name string) string { return env[name] },
		terminal: terminal,
		stdout:   stdout,
		opts:     []api.Option{api.WithRetry(api.RetryPolicy{MinDelay: 1, MaxDelay: 1})},
	}
	code := d.run(ctx, args, &stderr)
	return code, stdout.String(), stderr.String()
}

func TestInterruptListsUnfinishedBatches(t *testing.T) {
	endless(t)
	for name, terminal := range map[string]bool{"pipe": false, "terminal": true} {
		t.Run(name, func(t *testing.T) {
			code, stdout, stderr := interruptDemo(t, nil, terminal)
			if code != 0 || stderr != "" || !strings.HasSuffix(stdout, "\nInterrupted.\n") {
				t.Errorf("exit code %d, stderr %q", code, stderr)
			}
			shown := display(t, stdout)
			checkWidth(t, shown)
			_, rest, listed := strings.Cut(shown, "\nUnfinished:\n\n")
			id, reason, _ := strings.Cut(rest, "  ")
			if !listed || !strings.HasPrefix(reason, "canceled after ") {
				t.Fatalf("no list of unfinished batches:\n%s", shown)
			}
			if command := "  go run ./internal/demo \\\n    -batch " + id; !strings.Contains(rest, command) {
				t.Errorf("no way to go on:\n%s", rest)
			}
		})
	}
}

func TestInterruptOfRealServerHasItsOwnExitCode(t *testing.T) {
	endless(t)
	server, err := startFake(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer server.close()
	env := map[string]string{baseURLVariable: server.url, keyVariable: apitest.Key}
	code, stdout, stderr := interruptDemo(t, env, false, "-batch", server.batches[1].String())
	if code != 130 || stderr != "demo: interrupted; 1 batch is unfinished\n" {
		t.Errorf("exit code %d, stderr %q", code, stderr)
	}
	if !strings.Contains(stdout, "The server goes on without this program.") {
		t.Errorf("output:\n%s", stdout)
	}
}
