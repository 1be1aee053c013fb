// Command demo fetches the results of a batch of shipments and prints them for a person.
//
// Without configuration it starts a fake server on a loopback port and goes through a 503 and a body cut short on the
// way. With SELLERS_CENTER_BASE_URL and SELLERS_CENTER_API_KEY set and -batch UUID it asks a real one. The exit code
// is 0 if the results were fetched, whatever they say, 1 if not, and 2 for wrong usage.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/sellerscenter/client-go/api"
	"github.com/sellerscenter/client-go/api/apitest"
	"github.com/sellerscenter/client-go/generated"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	code := run(ctx, os.Args[1:], os.Getenv, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// errUsage marks an error of the caller's.
var errUsage = errors.New("usage")

func run(ctx context.Context, args []string, env func(string) string, stdout, stderr io.Writer, opts ...api.Option) int {
	err := demo(ctx, args, env, stdout, stderr, opts)
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

func demo(ctx context.Context, args []string, env func(string) string, stdout, stderr io.Writer, opts []api.Option) error {
	flags := flag.NewFlagSet("demo", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	batch := flags.String("batch", "", "the `UUID` of a batch on the server at SELLERS_CENTER_BASE_URL")
	if err := flags.Parse(args); errors.Is(err, flag.ErrHelp) {
		flags.SetOutput(stdout)
		flags.Usage()
		return err
	} else if err != nil {
		return fmt.Errorf("%w: %w", errUsage, err)
	}

	baseURL, key := env("SELLERS_CENTER_BASE_URL"), env("SELLERS_CENTER_API_KEY")
	var id uuid.UUID
	if baseURL == "" && key == "" && *batch == "" {
		server, err := startFake(ctx)
		if err != nil {
			return err
		}
		defer server.close()
		baseURL, key, id = server.url, apitest.Key, server.batch
		fmt.Fprintf(stdout, "A fake server listens at %s. Its first answer is a 503, its second is cut short.\n\n", baseURL)
	} else {
		var err error
		switch id, err = uuid.Parse(*batch); {
		case baseURL == "":
			return fmt.Errorf("%w: SELLERS_CENTER_BASE_URL is not set", errUsage)
		case key == "":
			return fmt.Errorf("%w: SELLERS_CENTER_API_KEY is not set", errUsage)
		case *batch == "":
			return fmt.Errorf("%w: no batch; add -batch UUID", errUsage)
		case err != nil:
			return fmt.Errorf("%w: -batch %q is not a UUID", errUsage, *batch)
		}
	}

	logger := slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: slog.LevelWarn})) // one record a retry
	client, err := api.New(baseURL, key, append(opts, api.WithLogger(logger))...)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	resp, err := client.GetShipOrderBatchResultsWithResponse(ctx, &generated.GetShipOrderBatchResultsParams{BatchRequestID: id})
	if err != nil {
		return err
	}
	report(stdout, resp.JSON200)
	return nil
}

// report prints a batch: completed does not mean shipped, so it looks at each item.
func report(w io.Writer, batch *generated.ShipmentOrderResultsResponseSchema) {
	fmt.Fprintf(w, "Batch %s: %s\n", batch.BatchRequestID, batch.Status)
	shipped := 0
	for _, item := range batch.Items {
		outcome := "FAILED "
		if item.Success {
			outcome = "shipped"
			shipped++
		}
		r := item.RequestItem
		fmt.Fprintf(w, "  %s  %-20s %-22s order items %s\n", outcome, r.CarrierKey, r.ShipmentTrackingKey, join(r.OrderItems))
		for _, reason := range item.Errors {
			fmt.Fprintf(w, "           because: %s\n", reason)
		}
	}
	fmt.Fprintf(w, "%d of %d shipments went out.\n", shipped, len(batch.Items))
}

func join(ids []int64) string {
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(ids), " ", ", "), "[]")
}

// fake is the embedded server, on a real socket.
type fake struct {
	url   string
	batch uuid.UUID
	http  *http.Server
}

func startFake(ctx context.Context) (*fake, error) {
	server := apitest.NewServer()
	server.Fail(apitest.Fault{Status: http.StatusServiceUnavailable, Body: "<html><title>503 Service Unavailable</title></html>"},
		apitest.Fault{Cut: true})
	id := server.AddBatch(apitest.Batch{Items: []generated.ShipmentResultItemSchema{
		{Success: true, Errors: []string{}, RequestItem: generated.ShipmentItemSchema{
			OrderItems: []int64{9007199254740993, 9007199254740994}, CarrierKey: "DHL_STD_NATIONAL",
			ShipmentTrackingKey: "00340434161094042557", ReturnTrackingKey: "00340434161094049990",
		}},
		{Success: true, Errors: []string{}, RequestItem: generated.ShipmentItemSchema{
			OrderItems: []int64{9007199254741021}, CarrierKey: "HERMES_STD_NATIONAL",
			ShipmentTrackingKey: "H1001970003456701013", ReturnTrackingKey: "H1001970003456709990",
		}},
		{Success: false, Errors: []string{"carrier key is not active", "order item is already shipped"}, RequestItem: generated.ShipmentItemSchema{
			OrderItems: []int64{9007199254741044}, CarrierKey: "DPD_EXPRESS_RETIRED",
			ShipmentTrackingKey: "01475012345678", ReturnTrackingKey: "01475012349990",
		}},
	}})
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	f := &fake{url: "http://" + listener.Addr().String(), batch: id, http: &http.Server{
		Handler: server, ReadHeaderTimeout: time.Minute,
	}}
	go func() { _ = f.http.Serve(listener) }()
	return f, nil
}

func (f *fake) close() { _ = f.http.Close() }
