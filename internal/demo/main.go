// Command demo waits for batches of shipments and prints their results for a person.
//
// Without configuration it starts a fake server on a loopback port, with a rate limit, and waits
// for several batches at once, through a 503 and a body cut short on the way. With
// SELLERS_CENTER_BASE_URL and SELLERS_CENTER_API_KEY set it waits for batches of a real server,
// named by -batch UUID, which may be repeated. The exit code is 0 if all batches ended, whatever
// their items say, 1 if not, and 2 for wrong usage.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"github.com/sellerscenter/client-go/api"
	"github.com/sellerscenter/client-go/api/apitest"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	info, err := os.Stdout.Stat()
	d := demo{
		env:      os.Getenv,
		terminal: err == nil && info.Mode()&os.ModeCharDevice != 0,
		stdout:   os.Stdout,
	}
	code := d.run(ctx, os.Args[1:], os.Stderr)
	stop()
	os.Exit(code)
}

// errUsage marks an error of the caller's.
var errUsage = errors.New("usage")

// demo is the program and its surroundings.
type demo struct {
	env      func(string) string
	terminal bool // that stdout is
	stdout   io.Writer
	opts     []api.Option
}

// run returns the exit code.
func (d demo) run(ctx context.Context, args []string, stderr io.Writer) int {
	err := d.waitForBatches(ctx, args)
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return 0
	case errors.Is(err, errUsage):
		fmt.Fprintln(stderr, "demo:", strings.TrimPrefix(err.Error(), errUsage.Error()+": "))
		return 2
	default:
		fmt.Fprintln(stderr, "demo:", err)
		return 1
	}
}

// waitForBatches waits for the batches that the arguments and the environment name, or the fake
// server's if they name nothing.
func (d demo) waitForBatches(ctx context.Context, args []string) error {
	ids, err := d.parse(args)
	if err != nil {
		return err
	}
	baseURL := d.env("SELLERS_CENTER_BASE_URL")
	key := d.env("SELLERS_CENTER_API_KEY")
	if baseURL == "" && key == "" && len(ids) == 0 {
		server, err := startFake(ctx)
		if err != nil {
			return err
		}
		defer server.close()
		fmt.Fprintf(d.stdout, "A fake server listens at %s. "+
			"Its first response is a 503, its second is cut short.\n\n", server.url)
		return d.wait(ctx, server.url, apitest.Key, server.batches)
	}
	switch {
	case baseURL == "":
		return fmt.Errorf("%w: SELLERS_CENTER_BASE_URL is not set", errUsage)
	case key == "":
		return fmt.Errorf("%w: SELLERS_CENTER_API_KEY is not set", errUsage)
	case len(ids) == 0:
		return fmt.Errorf("%w: no batch; add -batch UUID", errUsage)
	}
	return d.wait(ctx, baseURL, key, ids)
}

// parse returns the batches that the arguments name.
func (d demo) parse(args []string) ([]uuid.UUID, error) {
	var ids []uuid.UUID
	add := func(s string) error {
		id, err := uuid.Parse(s)
		if err != nil {
			return errors.New("not a UUID")
		}
		ids = append(ids, id)
		return nil
	}
	flags := flag.NewFlagSet("demo", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	usage := "the `UUID` of a batch on the server at SELLERS_CENTER_BASE_URL; may be repeated"
	flags.Func("batch", usage, add)
	err := flags.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		flags.SetOutput(d.stdout)
		flags.Usage()
		return nil, err
	case err != nil:
		return nil, fmt.Errorf("%w: %w", errUsage, err)
	default:
		return ids, nil
	}
}

// wait waits for batches of a server and prints what becomes of them.
func (d demo) wait(ctx context.Context, baseURL, key string, ids []uuid.UUID) error {
	var wire meter
	screen := newScreen(d.stdout, ids, d.terminal)
	opts := []api.Option{
		api.WithHTTPClient(&http.Client{Transport: &wire}),
		api.WithLogger(slog.New(screen)),
	}
	client, err := api.New(baseURL, key, append(opts, d.opts...)...)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	var sum summary
	for batch, err := range client.WaitShipOrderBatches(ctx, ids, api.WithProgress(screen.progress)) {
		sum.add(batch, err)
	}
	sum.print(d.stdout, &wire)
	return errors.Join(sum.unfinished...)
}

// meter counts what goes over the wire.
type meter struct{ requests, refused atomic.Int64 }

func (m *meter) RoundTrip(r *http.Request) (*http.Response, error) {
	m.requests.Add(1)
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err == nil && resp.StatusCode == http.StatusTooManyRequests {
		m.refused.Add(1)
	}
	return resp, err
}
