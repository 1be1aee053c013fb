package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/sellerscenter/client-go/api"
	"github.com/sellerscenter/client-go/generated"
)

func (r *report) add(batch *generated.ShipmentOrderResultsResponseSchema, err error) {
	var unfinished *api.BatchError
	if batch != nil { // a failed one too
		r.ended = append(r.ended, batch)
	} else if errors.As(err, &unfinished) {
		r.unfinished = append(r.unfinished, unfinished)
	}
}

const row = "%-19v  %-11s  %-19s  %-20s"

// printItems shows each order item, since a completed batch need not have shipped, and counts.
func (r *report) printItems() {
	r.screen.print("\n"+fmt.Sprintf(row, "order item", "outcome", "carrier", "tracking key"), false)
	shipped := 0
	notShipped := 0
	for _, batch := range r.ended {
		r.screen.print(fmt.Sprintf("batch %s: %s", batch.BatchRequestID, batch.Status),
			api.BatchStatus(batch.Status) == api.StatusFailed)
		for _, item := range batch.Items {
			if item.Success {
				shipped += len(item.RequestItem.OrderItems)
				r.printShipment(item.RequestItem, "shipped", "")
			} else {
				notShipped += len(item.RequestItem.OrderItems)
				r.printShipment(item.RequestItem, "NOT SHIPPED", strings.Join(item.Errors, "; "))
			}
		}
	}
	r.screen.print(fmt.Sprintf("\nOrder items: %d shipped, %d not.", shipped, notShipped), notShipped > 0)
	r.screen.print(fmt.Sprintf("Batches: %d ended, %d unfinished, after %d requests.",
		len(r.ended), len(r.unfinished), r.requests), len(r.unfinished) > 0)
}

// printShipment shows the order items of a shipment, which ship or fail together, and why they
// failed.
func (r *report) printShipment(s generated.ShipmentItemSchema, outcome, why string) {
	for _, id := range s.OrderItems {
		text := fmt.Sprintf(row, id, outcome, s.CarrierKey, s.ShipmentTrackingKey)
		r.screen.print(r.screen.beside(text, why), outcome != "shipped")
	}
}

// printUnfinished lists the batches whose end was not seen, why, and how to go on with them.
func (r *report) printUnfinished() {
	if len(r.unfinished) == 0 {
		return
	}
	r.screen.print("\nUnfinished:", false)
	command := []string{"  go run ./internal/demo"}
	for _, err := range r.unfinished {
		r.screen.print(r.screen.beside(err.ID.String(), err.Err.Error()), true)
		command = append(command, "    -batch "+err.ID.String())
	}
	r.screen.print("\nTo wait for these batches again:\n\n"+strings.Join(command, " \\\n")+
		"\n\nIn a program of yours, each error is an *api.BatchError with the batch's ID.\n"+
		"Keep the IDs, and pass them to WaitShipOrderBatches again.", false)
}
