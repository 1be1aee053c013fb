// Command demo waits for batches of shipments and prints their results for a person.
//
// Without configuration it waits for several batches of a fake server at once, through a 503 and a
// body cut short on the way. With SELLERS_CENTER_BASE_URL and SELLERS_CENTER_API_KEY set it waits
// for batches of a real server, named by -batch UUID, which may be repeated. If it is interrupted, it
// lists the batches that are unfinished, and how to go on with them.
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
	"log/slog"
	"os"
	"os/signal"
	"time"

	"github.com/google/uuid"

	"github.com/sellerscenter/client-go/api"
	"github.com/sellerscenter/client-go/api/apitest"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	d := demo{env: os.Getenv, screen: screenOf(ctx, os.Stdout, os.Getenv), stderr: os.Stderr}
	code := d.run(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}

// demo is the program and its surroundings.
type demo struct {
	env    func(string) string
	screen screen
	stderr io.Writer
	opts   []api.Option
}

// run returns the exit code.
func (d demo) run(ctx context.Context, args []string) int {
	var ids []uuid.UUID
	flags := flag.NewFlagSet("demo", flag.ContinueOnError)
	flags.SetOutput(d.stderr)
	usage := "the `UUID` of a batch on the server at SELLERS_CENTER_BASE_URL; may be repeated"
	flags.Func("batch", usage, func(s string) error {
		id, err := uuid.Parse(s)
		ids = append(ids, id)
		return err
	})
	err := flags.Parse(args)
	if errors.Is(err, flag.ErrHelp) {
		return 0
	}
	if err != nil {
		return 2 // package flag has said why
	}
	baseURL := d.env("SELLERS_CENTER_BASE_URL")
	key := d.env("SELLERS_CENTER_API_KEY")
	if baseURL == "" && key == "" && len(ids) == 0 {
		return d.waitForFake(ctx)
	}
	return d.wait(ctx, baseURL, key, ids)
}

// waitForFake waits for the batches of a fake server, more eagerly than by default, to keep the demo
// short.
func (d demo) waitForFake(ctx context.Context) int {
	server := apitest.NewServer()
	defer server.Close()
	d.screen.print("A fake server's first response is a 503, its second is cut short.\n", false)
	ids := prepare(server)
	d.opts = append(d.opts, api.WithHTTPClient(server.HTTPClient()))
	code := d.wait(ctx, apitest.URL, apitest.Key, ids,
		api.WithPollInterval(400*time.Millisecond, 2*time.Second))
	if ctx.Err() != nil {
		d.screen.print("\nThe fake server ends with this program. A real one goes on.", false)
		return 0
	}
	return code
}

// wait waits for batches, shows the results, and returns the exit code.
func (d demo) wait(ctx context.Context, baseURL, key string, ids []uuid.UUID, opts ...api.WaitOption) int {
	r := report{screen: d.screen, statuses: map[uuid.UUID]api.BatchStatus{}}
	client, err := api.New(baseURL, key, append(d.opts, api.WithLogger(slog.New(&r)))...)
	if err == nil && len(ids) == 0 {
		err = errors.New("no batch; add -batch UUID")
	}
	if err != nil {
		fmt.Fprintln(d.stderr, "demo: with SELLERS_CENTER_BASE_URL and SELLERS_CENTER_API_KEY:", err)
		return 2
	}
	limited, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	opts = append(opts, api.WithProgress(r.progress))
	for batch, err := range client.WaitShipOrderBatches(limited, ids, opts...) {
		r.add(batch, err)
	}
	r.printItems()
	r.printUnfinished()
	switch {
	case len(r.unfinished) == 0:
		return 0
	case ctx.Err() != nil:
		return 130 // as shells count an interrupt
	default:
		return 1
	}
}
