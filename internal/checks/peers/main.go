// Command peers measures a call with this client beside other ways to make it, and prints tables
// in Markdown: time, bytes and allocations of a call, peak memory of a large one, and what each
// client adds to a user's program. Run it in this directory.
//
// Only ratios mean anything, and only those of one run: a measurement is short, and each client is
// compared with the plain generated client of the same round: up to 100 items in turn in the same
// process, except GOEXPERIMENT, which takes a binary of its own. The tables have the median over
// the rounds.
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
	flags, err := parse(args)
	if err != nil {
		return err
	}
	if flags.child != "" {
		return measureInChild(ctx, flags.child, stdout)
	}
	tmp, err := os.MkdirTemp("", "peers")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	s, err := flags.suite(ctx, tmp, stdout)
	if err != nil {
		return err
	}
	server, err := startServer(flags.chunked)
	if err != nil {
		return err
	}
	defer server.Close()

	fmt.Fprintf(stdout, "%s, %s/%s, %d CPUs; rounds of %v, of two clients in turn ten times that: %d. "+
		"The first line of a table is absolute. The others are ratios to it in the same round, "+
		"or differences where they have a sign. All are medians, of time with the middle half.\n\n",
		runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), s.benchtime, s.rounds)
	if err := s.print(ctx, stdout, server.URL); err != nil {
		return err
	}
	return buildCosts(ctx, stdout, server.URL, tmp, !flags.quick)
}

// options are what the command line says.
type options struct {
	rounds    int
	benchtime time.Duration
	items     int // 0 for all sizes
	chunked   bool
	quick     bool
	child     string
}

func parse(args []string) (options, error) {
	var o options
	flags := flag.NewFlagSet("peers", flag.ContinueOnError)
	flags.IntVar(&o.rounds, "rounds", 9, "how often to measure each client in each case")
	flags.DurationVar(&o.benchtime, "benchtime", 100*time.Millisecond, "how long to repeat a call in a round")
	flags.IntVar(&o.items, "items", 0, "measure batches of this size alone")
	flags.BoolVar(&o.chunked, "chunked", false,
		"leave out the Content-Length of the responses, as a proxy does that compresses")
	flags.BoolVar(&o.quick, "quick", false,
		"only show that all of it works: a round of 10ms, no fresh builds, no GOEXPERIMENT")
	flags.StringVar(&o.child, "child", "",
		"make the one measurement that this `JSON` says; the command starts itself with it")
	if err := flags.Parse(args); err != nil {
		return options{}, err
	}
	if flags.NArg() > 0 || o.rounds < 1 || o.benchtime <= 0 {
		return options{}, errors.New("there are no arguments, and rounds and benchtime are above 0")
	}
	if o.items != 0 && !slices.Contains(sizes, o.items) {
		return options{}, fmt.Errorf("the sizes of batches are %v", sizes)
	}
	if o.quick {
		o.rounds = 1
		o.benchtime = 10 * time.Millisecond
	}
	return o, nil
}

// suite returns what to measure. It may build a second binary in tmp.
func (o options) suite(ctx context.Context, tmp string, stdout io.Writer) (suite, error) {
	self, err := os.Executable()
	if err != nil {
		return suite{}, err
	}
	s := suite{
		sizes:     sizes,
		rows:      rowsOf(self),
		rounds:    o.rounds,
		benchtime: o.benchtime,
		chunked:   o.chunked,
	}
	if o.items != 0 {
		s.sizes = []int{o.items}
	}
	if o.quick {
		return s, nil
	}
	binary := filepath.Join(tmp, "jsonv2")
	err = buildJSONv2(ctx, binary)
	if errors.Is(err, errUnknownExperiment) {
		fmt.Fprintf(stdout, "%s does not know GOEXPERIMENT=jsonv2.\n\n", runtime.Version())
		return s, nil
	}
	if err != nil {
		return suite{}, err
	}
	// The plain client in the same binary has the experiment too: it is compared with the other
	// process's.
	s.rows = append(s.rows, row{name: this + ", GOEXPERIMENT=jsonv2", peer: this, binary: binary})
	return s, nil
}

var errUnknownExperiment = errors.New("unknown experiment")

// buildJSONv2 builds this command with encoding/json on top of its second version, which is an
// experiment.
func buildJSONv2(ctx context.Context, binary string) error {
	//nolint:gosec // a directory of our own
	build := exec.CommandContext(ctx, "go", "build", "-o", binary, ".")
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
