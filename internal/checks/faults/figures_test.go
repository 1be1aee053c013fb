package faults

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/textproto"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/sellerscenter/client-go/api"
)

// expectation is how a call ends, and after how many attempts; 0 stands for any number.
type expectation struct {
	outcome  string // or several
	attempts int
}

// expectations are by method and policy.
type expectations map[string][3]expectation

var (
	harmless = expectations{
		"GET":  {{"ok", 1}, {"ok", 1}, {"ok", 1}},
		"POST": {{"ok", 1}, {"ok", 1}, {"ok", 1}},
	}
	neverWritten = expectations{
		"GET":  {{"failed", 4}, {"failed", 1}, {"ok", 2}},
		"POST": {{"failed", 4}, {"failed", 1}, {"ok", 2}},
	}
	responseLost = expectations{
		"GET":  {{"failed", 4}, {"failed", 1}, {"ok", 2}},
		"POST": {{"unknown", 1}, {"unknown", 1}, {"unknown", 1}},
	}
)

// trial is a call with what is expected of it.
type trial struct {
	*call

	name  string
	want  expectation
	cause cause         // of an error; nil for any
	pause time.Duration // before the call
	times [2]int32      // that a POST which does not succeed is processed, at least and at most
}

// How often a POST is processed, at least and at most.
var (
	never  = [2]int32{0, 0}
	maybe  = [2]int32{0, 1}
	always = [2]int32{1, 1}
)

// figures say how calls ended, and how many of them.
type figures struct {
	mu    sync.Mutex
	seen  map[string]int
	calls sync.WaitGroup
	lines chan struct{}
}

func newFigures(lines int) *figures {
	return &figures{seen: map[string]int{}, lines: make(chan struct{}, lines)}
}

// Go runs a call beside others, as soon as there is a line for it.
func (f *figures) Go(run func()) {
	f.lines <- struct{}{}
	f.calls.Go(func() {
		defer func() { <-f.lines }()
		run()
	})
}

func (f *figures) count(what string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.seen[what]++
}

// matrix makes calls of both methods under all policies, and leaves the trial of each to a function.
func (f *figures) matrix(calls int, name string, expect expectations, try func(policy, trial)) {
	for _, method := range methods {
		for k, p := range policies {
			for range calls {
				f.Go(func() {
					try(p, trial{call: newCall(method), name: name + ", " + p.name, want: expect[method][k]})
				})
			}
		}
	}
}

// each makes calls of the two methods in turn, leaves the trial of each to a function, and waits for
// all of them.
func (f *figures) each(calls int, try func(trial)) {
	for n := range calls {
		f.Go(func() { try(trial{call: newCall(methods[n%2])}) })
	}
	f.calls.Wait()
}

// check makes a trial's call and compares its end with what is expected.
func (f *figures) check(t *testing.T, client *api.Client, tr trial) {
	t.Helper()
	f.judge(t, tr, tr.do(t.Context(), client))
}

// judge compares the end of a trial's call with what is expected.
func (f *figures) judge(t *testing.T, tr trial, err error) {
	t.Helper()
	outcome := tr.outcome(err)
	attempts := int(tr.attempts.Load())
	processed := tr.processed.Load()
	times := tr.times
	if err == nil {
		times = always
	}
	f.count(fmt.Sprintf("%s, %s: %s in %d attempts", tr.name, tr.method, outcome, attempts))
	if !strings.Contains(tr.want.outcome, outcome) ||
		tr.want.attempts > 0 && attempts != tr.want.attempts || attempts > policies[0].maxAttempts ||
		tr.method == "POST" && (processed < times[0] || processed > times[1]) ||
		err != nil && tr.cause != nil && !tr.cause(err) {
		t.Errorf("%s, %s: %s in %d attempts, processed %d times, want %+v, processed %v times; error %v",
			tr.name, tr.method, outcome, attempts, processed, tr.want, times, err)
	}
}

// log waits for all calls and prints the figures.
func (f *figures) log(t *testing.T) {
	t.Helper()
	f.calls.Wait()
	var text strings.Builder
	for _, what := range slices.Sorted(maps.Keys(f.seen)) {
		fmt.Fprintf(&text, "\n%7d  %s", f.seen[what], what)
	}
	t.Log(text.String())
}

// cause reports whether an error has the cause of its fault in its chain.
type cause func(error) bool

func is(targets ...error) cause {
	return func(err error) bool {
		return slices.ContainsFunc(targets, func(target error) bool { return errors.Is(err, target) })
	}
}

// says is the cause where net/http keeps the error's type to itself.
func says(text string) cause {
	return func(err error) bool { return strings.Contains(err.Error(), text) }
}

// timedOut is the cause where an attempt took too long, in whatever protocol.
func timedOut(err error) bool {
	return is(context.DeadlineExceeded)(err) && says("no complete response within ")(err)
}

// truncated is the cause where a response ends early: as the end of what is read, or as something
// malformed before it.
func truncated(err error) bool {
	return is(io.EOF, io.ErrUnexpectedEOF)(err) || errors.As(err, new(textproto.ProtocolError)) ||
		says("unexpected EOF reading trailer")(err) || says("malformed HTTP")(err)
}

func resetOrTruncated(err error) bool {
	return truncated(err) || is(syscall.ECONNRESET, syscall.EPIPE)(err)
}
