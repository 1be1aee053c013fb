package waitsim

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/hashicorp/go-retryablehttp"
	"golang.org/x/time/rate"

	"github.com/sellerscenter/client-go/api"
	"github.com/sellerscenter/client-go/generated"
)

const baseURL = "https://sellers.example.com"

// Client waits for batches in its way.
type Client struct {
	Name string
	Wait WaitFunc
}

// WaitFunc waits for all batches, and calls known as it learns that one is done, from any
// goroutine.
type WaitFunc func(
	ctx context.Context,
	server http.RoundTripper,
	ids []uuid.UUID,
	known func(uuid.UUID),
) error

// ThisClient waits with package api.
var ThisClient = Client{Name: "this client", Wait: waitThis}

// Clients are this client and what a user would write instead.
var Clients = []Client{
	ThisClient,
	{Name: "plain loop, 1 s", Wait: loop{interval: time.Second}.wait},
	{Name: "plain loop, 5 s", Wait: loop{interval: 5 * time.Second}.wait},
	{Name: "go-retryablehttp, 5 s", Wait: loop{interval: 5 * time.Second, retries: true}.wait},
	{Name: "x/time/rate burst 1, 1 s", Wait: loop{interval: time.Second, burst: 1}.wait},
	{Name: "x/time/rate burst 200, 1 s", Wait: loop{interval: time.Second, burst: limit}.wait},
}

func waitThis(
	ctx context.Context,
	server http.RoundTripper,
	ids []uuid.UUID,
	known func(uuid.UUID),
) error {
	client, err := api.New(baseURL, "key", api.WithHTTPClient(&http.Client{Transport: server}))
	if err != nil {
		return err
	}
	for batch, err := range client.WaitShipOrderBatches(ctx, ids) {
		if err != nil {
			return err
		}
		known(batch.BatchRequestID)
	}
	return nil
}

// loop is what a user would write with the plain generated client: a loop for each batch that
// polls at an interval, and takes everything except a completed batch for "not yet".
type loop struct {
	interval time.Duration
	retries  bool // by go-retryablehttp
	burst    int  // of a limiter for all loops; 0 is no limiter
}

func (l loop) wait(
	ctx context.Context,
	server http.RoundTripper,
	ids []uuid.UUID,
	known func(uuid.UUID),
) error {
	client, err := generated.NewClientWithResponses(baseURL, generated.WithHTTPClient(l.httpClient(server)))
	if err != nil {
		return err
	}
	limiter := rate.NewLimiter(rate.Inf, 0)
	if l.burst > 0 {
		limiter = rate.NewLimiter(rate.Every(window/limit), l.burst)
	}
	var waits sync.WaitGroup
	for _, id := range ids {
		waits.Go(func() {
			if l.waitOne(ctx, client, limiter, id) {
				known(id)
			}
		})
	}
	waits.Wait()
	return ctx.Err()
}

func (l loop) httpClient(server http.RoundTripper) *http.Client {
	if !l.retries {
		return &http.Client{Transport: server}
	}
	c := retryablehttp.NewClient()
	c.Logger = nil
	c.HTTPClient.Transport = server
	return c.StandardClient()
}

// waitOne reports whether the batch was completed before the context ended.
func (l loop) waitOne(
	ctx context.Context,
	client *generated.ClientWithResponses,
	limiter *rate.Limiter,
	id uuid.UUID,
) bool {
	params := &generated.GetShipOrderBatchResultsParams{BatchRequestID: id}
	ticker := time.NewTicker(l.interval)
	defer ticker.Stop()
	for {
		if err := limiter.Wait(ctx); err != nil {
			return false
		}
		resp, err := client.GetShipOrderBatchResultsWithResponse(ctx, params)
		if err == nil && resp.JSON200 != nil && string(resp.JSON200.Status) == "completed" {
			return true
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return false
		}
	}
}
