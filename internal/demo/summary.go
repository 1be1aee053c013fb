package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/sellerscenter/client-go/generated"
)

// summary is what became of all batches.
type summary struct {
	batches    []*generated.ShipmentOrderResultsResponseSchema
	unfinished []error // one for each batch that did not end

	shipped, failed int // items
}

func (s *summary) add(batch *generated.ShipmentOrderResultsResponseSchema, err error) {
	if batch == nil {
		s.unfinished = append(s.unfinished, err)
		return
	}
	s.batches = append(s.batches, batch)
	for _, item := range batch.Items {
		if item.Success {
			s.shipped++
		} else {
			s.failed++
		}
	}
}

// print shows each item, since a completed batch need not have shipped.
func (s *summary) print(w io.Writer, wire *meter) {
	for _, batch := range s.batches {
		fmt.Fprintf(w, "\nBatch %s: %s\n", batch.BatchRequestID, batch.Status)
		for _, item := range batch.Items {
			printItem(w, item)
		}
	}
	total := len(s.batches) + len(s.unfinished)
	fmt.Fprintf(w, "\n%d batches, %d of them unfinished; ", total, len(s.unfinished))
	fmt.Fprintf(w, "%d shipments shipped, %d failed; ", s.shipped, s.failed)
	fmt.Fprintf(w, "%d requests, %d of them refused with 429.\n", wire.requests.Load(), wire.refused.Load())
}

func printItem(w io.Writer, item generated.ShipmentResultItemSchema) {
	outcome := "FAILED "
	if item.Success {
		outcome = "shipped"
	}
	r := item.RequestItem
	var ids []string
	for _, id := range r.OrderItems {
		ids = append(ids, strconv.FormatInt(id, 10))
	}
	fmt.Fprintf(w, "  %s  %-20s %-22s order items %s\n",
		outcome, r.CarrierKey, r.ShipmentTrackingKey, strings.Join(ids, ", "))
	for _, reason := range item.Errors {
		fmt.Fprintf(w, "           because: %s\n", reason)
	}
}
