// Command demo waits for batches of shipments and prints their results for a person.
//
// Without configuration it starts a fake server on a loopback port, with a rate limit, and waits for several batches at once,
// through a 503 and a body cut short on the way. With SELLERS_CENTER_BASE_URL and SELLERS_CENTER_API_KEY set it waits for
// the batches of a real one, named by -batch UUID, which may be repeated. The exit code is 0 if all batches came to an
// end, whatever their items say, 1 if not, and 2 for wrong usage.
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
	terminal := err == nil && info.Mode()&os.ModeCharDevice != 0
	code := run(ctx, os.Args[1:], os.Getenv, terminal, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// errUsage marks an error of the caller's.
var errUsage = errors.New("usage")

func run(ctx context.Context, args []string, env func(string) string, terminal bool, stdout, stderr io.Writer, opts ...api.Option) int {
	err := demo(ctx, args, env, terminal, stdout, opts)
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return 0
	case errors.Is(err, errUsage):
		fmt.Fprintln(stderr, "demo:", strings.TrimPrefix(err.Error(), errUsage.Error()+": "))
		return 2
	}
	fmt.Fprintln(stderr, "demo:", err)
	return 1
}

func demo(ctx context.Context, args []string, env func(string) string, terminal bool, stdout io.Writer, opts []api.Option) error {
	var ids []uuid.UUID
	flags := flag.NewFlagSet("demo", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.Func("batch", "the `UUID` of a batch on the server at SELLERS_CENTER_BASE_URL; may be repeated", func(s string) error {
		id, err := uuid.Parse(s)
		if err != nil {
			return errors.New("not a UUID")
		}
		ids = append(ids, id)
		return nil
	})
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		flags.SetOutput(stdout)
		flags.Usage()
		return err
	} else if err != nil {
		return fmt.Errorf("%w: %w", errUsage, err)
	}

	baseURL, key := env("SELLERS_CENTER_BASE_URL"), env("SELLERS_CENTER_API_KEY")
	if baseURL == "" && key == "" && len(ids) == 0 {
		server, err := startFake(ctx)
		if err != nil {
			return err
		}
		defer server.close()
		baseURL, key, ids = server.url, apitest.Key, server.batches
		fmt.Fprintf(stdout, "A fake server listens at %s. Its first answer is a 503, its second is cut short.\n\n", baseURL)
	}
	switch {
	case baseURL == "":
		return fmt.Errorf("%w: SELLERS_CENTER_BASE_URL is not set", errUsage)
	case key == "":
		return fmt.Errorf("%w: SELLERS_CENTER_API_KEY is not set", errUsage)
	case len(ids) == 0:
		return fmt.Errorf("%w: no batch; add -batch UUID", errUsage)
	}

	s := newScreen(stdout, ids, terminal)
	var wire meter
	client, err := api.New(baseURL, key, append(opts, api.WithHTTPClient(&http.Client{Transport: &wire}), api.WithLogger(slog.New(s)))...)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	var sum summary
	for batch, err := range client.WaitShipOrderBatches(ctx, ids, api.WithProgress(s.progress)) {
		sum.add(batch, err)
	}
	sum.print(stdout, wire.requests.Load(), wire.refused.Load())
	return errors.Join(sum.lost...)
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
