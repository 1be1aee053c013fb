// Command demo waits for batches of shipments and prints their results for a person.
//
// Without configuration it starts a fake server on a loopback port, with a rate limit, and waits
// for several batches at once, through a 503 and a body cut short on the way. With
// SELLERS_CENTER_BASE_URL and SELLERS_CENTER_API_KEY set it waits for batches of a real server,
// named by -batch UUID, which may be repeated. If it is interrupted, it lists the batches that are
// unfinished, and how to go on with them.
//
// The exit code is 0 if all batches ended, whatever their items say, 1 if not, 2 for wrong usage,
// and 130 for an interrupt, unless the server was the fake one, which leaves nothing unfinished.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"

	"github.com/sellerscenter/client-go/api"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	d := demo{
		env:      os.Getenv,
		terminal: isTerminal(os.Stdout, os.Getenv),
		stdout:   os.Stdout,
	}
	code := d.run(ctx, os.Args[1:], os.Stderr)
	stop()
	os.Exit(code)
}

// demo is the program and its surroundings.
type demo struct {
	env      func(string) string
	terminal bool // that stdout is
	stdout   io.Writer
	opts     []api.Option
}

// errUsage marks an error of the caller's.
var errUsage = errors.New("usage")

// errInterrupted marks the end of a wait that the user interrupted.
var errInterrupted = errors.New("interrupted")

// run returns the exit code.
func (d demo) run(ctx context.Context, args []string, stderr io.Writer) int {
	err := d.waitForBatches(ctx, args)
	if err == nil || errors.Is(err, flag.ErrHelp) {
		return 0
	}
	fmt.Fprintln(stderr, "demo:", strings.TrimPrefix(err.Error(), errUsage.Error()+": "))
	switch {
	case errors.Is(err, errUsage):
		return 2
	case errors.Is(err, errInterrupted):
		return 130 // as shells count it
	default:
		return 1
	}
}

// waitForBatches waits for the batches that the arguments and the environment name, or the fake
// server's if they name nothing.
func (d demo) waitForBatches(ctx context.Context, args []string) error {
	job, err := d.parse(args)
	if err != nil {
		return err
	}
	if !job.empty() {
		return d.wait(ctx, job)
	}
	server, err := startFake(ctx)
	if err != nil {
		return err
	}
	defer server.close()
	fmt.Fprintf(d.stdout, "A fake server listens at %s.\n"+
		"Its first response is a 503, its second is cut short.\n\n", server.url)
	err = d.wait(ctx, server.job())
	if errors.Is(err, errInterrupted) {
		fmt.Fprintln(d.stdout, "Interrupted.")
		return nil
	}
	return err
}
