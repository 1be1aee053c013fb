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

// Client waits for batches in its way, and calls known as it learns of the end of each, from any goroutine.
type Client struct {
	Name string
	Wait func(ctx context.Context, transport http.RoundTripper, ids []uuid.UUID, known func(uuid.UUID)) error
}

// Clients are this client and what a user would write instead.
var Clients = []Client{
	{"this client", waitThis},
	{"ticker of 5 s", func(ctx context.Context, t http.RoundTripper, ids []uuid.UUID, known func(uuid.UUID)) error {
		return pollEach(ctx, &http.Client{Transport: t}, 5*time.Second, nil, ids, known)
	}},
	{"go-retryablehttp, 5 s", func(ctx context.Context, t http.RoundTripper, ids []uuid.UUID, known func(uuid.UUID)) error {
		c := retryablehttp.NewClient()
		c.Logger = nil
		c.HTTPClient.Transport = t
		return pollEach(ctx, c.StandardClient(), 5*time.Second, nil, ids, known)
	}},
	{"x/time/rate burst 1, 1 s", func(ctx context.Context, t http.RoundTripper, ids []uuid.UUID, known func(uuid.UUID)) error {
		return pollEach(ctx, &http.Client{Transport: t}, time.Second, rate.NewLimiter(rate.Every(window/limit), 1), ids, known)
	}},
	{"x/time/rate burst 200, 1 s", func(ctx context.Context, t http.RoundTripper, ids []uuid.UUID, known func(uuid.UUID)) error {
		return pollEach(ctx, &http.Client{Transport: t}, time.Second, rate.NewLimiter(rate.Every(window/limit), limit), ids, known)
	}},
}

func waitThis(ctx context.Context, transport http.RoundTripper, ids []uuid.UUID, known func(uuid.UUID)) error {
	client, err := api.New(baseURL, "key", api.WithHTTPClient(&http.Client{Transport: transport}))
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

// pollEach asks after each batch at an interval with the plain generated client, behind a limiter if there is one, and takes
// everything but a completed batch for "not yet".
func pollEach(ctx context.Context, c *http.Client, interval time.Duration, limiter *rate.Limiter, ids []uuid.UUID, known func(uuid.UUID)) error {
	client, err := generated.NewClientWithResponses(baseURL, generated.WithHTTPClient(c))
	if err != nil {
		return err
	}
	var waits sync.WaitGroup
	for _, id := range ids {
		waits.Go(func() {
			for ticker := time.NewTicker(interval); ; {
				if limiter != nil && limiter.Wait(ctx) != nil {
					return
				}
				resp, err := client.GetShipOrderBatchResultsWithResponse(ctx, &generated.GetShipOrderBatchResultsParams{BatchRequestID: id})
				if err == nil && resp.JSON200 != nil && resp.JSON200.Status == generated.RequestStatusCompleted {
					known(id)
					return
				}
				select {
				case <-ticker.C:
				case <-ctx.Done():
					return
				}
			}
		})
	}
	waits.Wait()
	return ctx.Err()
}
