package main

import (
	"bytes"
	"context"
	"os"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/uuid"

	"github.com/sellerscenter/client-go/api"
	"github.com/sellerscenter/client-go/api/apitest"
)

// outcome is what a run of the demo ended with.
type outcome struct {
	code           int
	stdout, stderr string
}

// runDemo runs the demo until the output has a text, then interrupts it; with no text, to its end.
func runDemo(t *testing.T, d demo, env map[string]string, until string, args ...string) outcome {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	stdout := &interrupter{until: until, interrupt: cancel}
	var stderr bytes.Buffer
	d.screen.out = stdout
	d.stderr = &stderr
	d.env = func(name string) string { return env[name] }
	code := d.run(ctx, args)
	return outcome{code, stdout.String(), stderr.String()}
}

type interrupter struct {
	bytes.Buffer

	until     string
	interrupt context.CancelFunc
}

func (w *interrupter) Write(p []byte) (int, error) {
	if w.until != "" && bytes.Contains(p, []byte(w.until)) {
		w.interrupt()
	}
	return w.Buffer.Write(p)
}

func checkContains(t *testing.T, text string, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if !strings.Contains(text, want) {
			t.Errorf("lacks %q:\n%s", want, text)
		}
	}
}

func TestShowsFaultsProgressAndEachItem(t *testing.T) {
	for _, tt := range []struct {
		name   string
		screen screen
		until  string
		wants  []string
	}{
		{"narrow", screen{columns: 80}, "", []string{
			"  retry, attempt: 1, next in ", " 503\n", "unexpected EOF\n",
			"  pending, poll 1 after ", "  failed, poll ",
			"9007199254740993     shipped      DHL_STD_NATIONAL     00340434161094042557\n" +
				"9007199254740994     shipped      DHL_STD_NATIONAL     00340434161094042557\n",
			"9007199254741044     NOT SHIPPED  DPD_EXPRESS_RETIRED  01475012345678\n" +
				"                     carrier key is not active; order item is already shipped\n",
			"\nOrder items: 7 shipped, 2 not.\nBatches: 4 ended, 0 unfinished, after ",
		}},
		{"wide, in colour", screen{columns: 160, color: true}, "", []string{
			"\n\x1b[1;31m9007199254741044     NOT SHIPPED  DPD_EXPRESS_RETIRED  01475012345678        " +
				"carrier key is not active; order item is already shipped\x1b[0m\n",
			": failed\x1b[0m\n", "\n\x1b[1;31m\nOrder items: 7 shipped, 2 not.\x1b[0m\n",
			"\n9007199254740993     shipped ",
		}},
		{"interrupted", screen{columns: 80}, "processing", []string{
			"\nUnfinished:\n", "A real one goes on.\n",
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				got := runDemo(t, demo{screen: tt.screen}, nil, tt.until)
				checkContains(t, got.stdout, tt.wants...)
				longest := 0
				for line := range strings.Lines(got.stdout) {
					longest = max(longest, len(strings.TrimSpace(line)))
				}
				color := strings.Contains(got.stdout, "\x1b")
				if got.code != 0 || got.stderr != "" || longest > tt.screen.columns ||
					color != tt.screen.color {
					t.Errorf("exit code %d, %q, %d columns, colour %v", got.code, got.stderr, longest, color)
				}
			})
		})
	}
}

func TestColourIsForTerminalsThatWantIt(t *testing.T) {
	terminal, err := os.Open(os.DevNull) // a character device, as a terminal is
	if err != nil {
		t.Fatal(err)
	}
	defer terminal.Close()
	_, pipe, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer pipe.Close()
	for _, tt := range []struct {
		name string
		out  *os.File
		env  map[string]string
		want bool
	}{
		{"terminal", terminal, map[string]string{"TERM": "xterm"}, true},
		{"NO_COLOR", terminal, map[string]string{"TERM": "xterm", "NO_COLOR": "1"}, false},
		{"dumb terminal", terminal, map[string]string{"TERM": "dumb"}, false},
		{"pipe", pipe, map[string]string{"TERM": "xterm"}, false},
	} {
		tt.env["WT_SESSION"] = "1" // on Windows
		s := screenOf(t.Context(), tt.out, func(name string) string { return tt.env[name] })
		if s.color != tt.want || s.columns != 80 {
			t.Errorf("%s: colour %v, %d columns, want %v and 80", tt.name, s.color, s.columns, tt.want)
		}
	}
}

func TestTerminalObeysNothingOfTheServer(t *testing.T) {
	var out bytes.Buffer
	screen{out: &out}.print("a\x1b]0;b\x07\u202ec\nd", false)
	if want := "a ]0;b  c\nd\n"; out.String() != want {
		t.Errorf("%q, want %q", out.String(), want)
	}
}

func TestWrongUsageHasItsOwnExitCode(t *testing.T) {
	const id = "0d7c3f4e-1f5b-4c8e-9b61-6f1a2c3d4e5f"
	for _, tt := range []struct {
		name, baseURL, key string
		args               []string
		code               int
		says               string
	}{
		{"no key", "http://127.0.0.1:1", "", []string{"-batch", id}, 2, "key"},
		{"no base URL", "", "key", []string{"-batch", id}, 2, "base URL"},
		{"no batch", "http://127.0.0.1:1", "key", nil, 2, "add -batch UUID"},
		{"bad UUID", "http://127.0.0.1:1", "key", []string{"-batch", "4711"}, 2, "4711"},
		{"unknown flag", "", "", []string{"-nope"}, 2, "-nope"},
		{"help", "", "", []string{"-h"}, 0, "SELLERS_CENTER_BASE_URL"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			env := map[string]string{"SELLERS_CENTER_BASE_URL": tt.baseURL, "SELLERS_CENTER_API_KEY": tt.key}
			got := runDemo(t, demo{}, env, "", tt.args...)
			if got.code != tt.code || got.stdout != "" || !strings.Contains(got.stderr, tt.says) {
				t.Errorf("%+v, want exit code %d and %q", got, tt.code, tt.says)
			}
		})
	}
}

func TestSaysHowToGoOnWithUnfinishedBatches(t *testing.T) {
	for _, tt := range []struct {
		name, key, until string
		code             int
		reason           string
	}{
		{"interrupted", apitest.Key, "processing", 130, "canceled after 1 poll"},
		{"wrong key", "another", "", 1, "401"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := apitest.NewServer()
				defer server.Close()
				endless := apitest.Batch{Statuses: []api.BatchStatus{api.StatusProcessing}}
				id := server.AddBatch(endless).String()
				d := demo{
					screen: screen{columns: 80},
					opts:   []api.Option{api.WithHTTPClient(server.HTTPClient())},
				}
				env := map[string]string{
					"SELLERS_CENTER_BASE_URL": apitest.URL,
					"SELLERS_CENTER_API_KEY":  tt.key,
				}
				got := runDemo(t, d, env, tt.until, "-batch", id, "-batch", id)
				if got.code != tt.code {
					t.Errorf("exit code %d, want %d: %s", got.code, tt.code, got.stderr)
				}
				checkContains(t, got.stdout, "\nUnfinished:\n"+id, tt.reason,
					"  go run ./internal/demo \\\n    -batch "+id+"\n", "Batches: 0 ended, 1 unfinished")
			})
		})
	}
}

func TestTellsEachChangeOnce(t *testing.T) {
	var out bytes.Buffer
	r := report{screen: screen{out: &out, columns: 80}, statuses: map[uuid.UUID]api.BatchStatus{}}
	for _, p := range []api.Progress{
		{Err: api.ErrServer}, {Status: "pending"}, {Status: "pending"}, {Status: "completed"},
	} {
		r.progress(p)
	}
	if n := strings.Count(out.String(), "\n"); n != 2 {
		t.Errorf("%d lines, want two:\n%s", n, &out)
	}
}
