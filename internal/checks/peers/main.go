// Command peers measures a call with this client beside other ways to make it, and prints tables in Markdown: time, bytes
// and allocations of a call, peak memory of a large one, and what each client adds to a user's program. Run it in this directory.
//
// Only ratios mean anything, and only those of one run: a measurement is short, and each client is compared with the plain generated
// client of the same round: up to 100 items in turn in the same process, but for GOEXPERIMENT, which takes a binary of its own. The
// tables have the median over the rounds.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "peers:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, stdout io.Writer) error {
	flags := flag.NewFlagSet("peers", flag.ContinueOnError)
	rounds := flags.Int("rounds", 9, "how often to measure each client in each case")
	benchtime := flags.Duration("benchtime", 100*time.Millisecond, "how long to repeat a call in a round")
	items := flags.Int("items", 0, "measure batches of this size alone")
	chunked := flags.Bool("chunked", false, "leave out the Content-Length of the answers, as a proxy does that compresses")
	quick := flags.Bool("quick", false, "only show that all of it works: a round of 10ms, no fresh builds, no GOEXPERIMENT")
	child := flags.String("child", "", "make the one measurement that this `JSON` says; the command starts itself with it")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 || *rounds < 1 || *benchtime <= 0 {
		return errors.New("there are no arguments, and rounds and benchtime are above 0")
	}
	if *child != "" {
		return measureInChild(ctx, *child, stdout)
	}
	if *quick {
		*rounds, *benchtime = 1, 10*time.Millisecond
	}

	self, err := os.Executable()
	if err != nil {
		return err
	}
	tmp, err := os.MkdirTemp("", "peers")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	s := suite{sizes: sizes, chunked: *chunked, rounds: *rounds, benchtime: *benchtime, rows: rowsOf(self)}
	if !*quick {
		binary := filepath.Join(tmp, "jsonv2")
		switch err := buildJSONv2(ctx, binary); {
		case errors.Is(err, errUnknownExperiment):
			fmt.Fprintf(stdout, "%s does not know GOEXPERIMENT=jsonv2.\n\n", runtime.Version())
		case err != nil:
			return err
		default:
			// The plain client in the same binary has the experiment too: it is compared with the other process's.
			s.rows = append(s.rows, row{this + ", GOEXPERIMENT=jsonv2", this, binary, ""})
		}
	}
	if *items != 0 {
		if !slices.Contains(sizes, *items) {
			return fmt.Errorf("the sizes of batches are %v", sizes)
		}
		s.sizes = []int{*items}
	}
	server, err := startServer(*chunked)
	if err != nil {
		return err
	}
	defer server.Close()

	fmt.Fprintf(stdout, "%s, %s/%s, %d CPUs; rounds of %v, of two clients in turn ten times that: %d. The first line of a table is absolute, the others "+
		"are ratios to it in the same round, or differences where they have a sign; medians, of time with the middle half.\n\n", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), *benchtime, *rounds)
	calls := append(s.callsTo(server.URL), s.callsTo("")...)
	callSamples, err := s.sample(ctx, "calls", calls)
	if err != nil {
		return err
	}
	s.times(stdout, calls, callSamples)
	peaks := s.peaksOf(server.URL)
	peakSamples, err := s.sample(ctx, "peaks", peaks)
	if err != nil {
		return err
	}
	s.sums(stdout, calls[:len(s.sizes)], peaks, callSamples, peakSamples)
	return buildCosts(ctx, stdout, server.URL, tmp, !*quick)
}

var errUnknownExperiment = errors.New("unknown experiment")

// buildJSONv2 builds this command with encoding/json on top of its second version, which is an experiment.
func buildJSONv2(ctx context.Context, binary string) error {
	build := exec.CommandContext(ctx, "go", "build", "-o", binary, ".") //nolint:gosec // a directory of our own
	build.Env = append(os.Environ(), "GOEXPERIMENT=jsonv2")
	out, err := build.CombinedOutput()
	if strings.Contains(string(out), "unknown GOEXPERIMENT") {
		return errUnknownExperiment
	}
	if err != nil {
		return fmt.Errorf("go build with GOEXPERIMENT=jsonv2: %w\n%s", err, out)
	}
	return nil
}

func measureInChild(ctx context.Context, description string, stdout io.Writer) error {
	var j job
	if err := json.Unmarshal([]byte(description), &j); err != nil {
		return err
	}
	r, err := j.measure(ctx)
	if err != nil {
		return err
	}
	return json.NewEncoder(stdout).Encode(r)
}
