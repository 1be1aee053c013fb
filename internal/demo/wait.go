package main

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/sellerscenter/client-go/api"
)

// wait waits for the batches of a job and prints what becomes of them.
func (d demo) wait(ctx context.Context, j job) error {
	var wire meter
	screen := newScreen(d.stdout, j.ids, d.terminal)
	opts := []api.Option{
		api.WithHTTPClient(&http.Client{Transport: &wire}),
		api.WithLogger(slog.New(events{tell: screen.event})),
	}
	client, err := api.New(j.baseURL, j.key, append(opts, d.opts...)...)
	if err != nil {
		return err
	}
	limited, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	var r results
	screen.start()
	waitOpts := append([]api.WaitOption{api.WithProgress(screen.progress)}, j.opts...)
	for batch, err := range client.WaitShipOrderBatches(limited, j.ids, waitOpts...) {
		r.add(batch, err)
	}
	screen.finish()

	r.printTable(d.stdout)
	r.printUnfinished(d.stdout, j.fake)
	r.printTotals(d.stdout)
	wire.print(d.stdout)
	return r.verdict(ctx)
}
