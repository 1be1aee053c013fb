package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/sellerscenter/client-go/api"
	"github.com/sellerscenter/client-go/generated"
)

// results are what became of all batches.
type results struct {
	ended      []*generated.ShipmentOrderResultsResponseSchema
	unfinished []*api.BatchError
}

func (r *results) add(batch *generated.ShipmentOrderResultsResponseSchema, err error) {
	if batch != nil { // a failed one too
		r.ended = append(r.ended, batch)
		return
	}
	unfinished := new(api.BatchError)
	if !errors.As(err, &unfinished) {
		unfinished = &api.BatchError{Err: err}
	}
	r.unfinished = append(r.unfinished, unfinished)
}

// printTotals counts batches and order items.
func (r *results) printTotals(w io.Writer) {
	var failed, shipped, notShipped int
	for _, batch := range r.ended {
		if api.BatchStatus(batch.Status) == api.StatusFailed {
			failed++
		}
		for _, item := range batch.Items {
			if item.Success {
				shipped += len(item.RequestItem.OrderItems)
			} else {
				notShipped += len(item.RequestItem.OrderItems)
			}
		}
	}
	fmt.Fprintf(w, "\n%s: %d shipped, %d not.\n",
		count(shipped+notShipped, "order item", "order items"), shipped, notShipped)
	fmt.Fprintf(w, "%s: %d completed, %d failed, %d unfinished.\n",
		count(len(r.ended)+len(r.unfinished), "batch", "batches"),
		len(r.ended)-failed, failed, len(r.unfinished))
}

// verdict returns an error if a batch is unfinished.
func (r *results) verdict(ctx context.Context) error {
	if len(r.unfinished) == 0 {
		return nil
	}
	text := count(len(r.unfinished), "batch is", "batches are") + " unfinished"
	if ctx.Err() != nil {
		return fmt.Errorf("%w; %s", errInterrupted, text)
	}
	return errors.New(text)
}
