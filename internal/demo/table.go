package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/sellerscenter/client-go/generated"
)

const row = "%-19v  %-11s  %-19s  %s\n"

// printTable shows each order item, since a completed batch need not have shipped.
func (r *results) printTable(w io.Writer) {
	if len(r.ended) == 0 {
		return
	}
	fmt.Fprintf(w, "\n"+row, "order item", "outcome", "carrier", "tracking key")
	rule := func(n int) string { return strings.Repeat("-", n) }
	fmt.Fprintf(w, row, rule(19), rule(11), rule(19), rule(20))
	for _, batch := range r.ended {
		fmt.Fprintf(w, "batch %s: %s\n", batch.BatchRequestID, printable(string(batch.Status)))
		for _, item := range batch.Items {
			printShipment(w, item)
		}
	}
}

// printShipment shows the order items of a shipment, which ship or fail together, and why they
// failed.
func printShipment(w io.Writer, item generated.ShipmentResultItemSchema) {
	outcome := "NOT SHIPPED"
	if item.Success {
		outcome = "shipped"
	}
	r := item.RequestItem
	show := func(orderItem any) {
		fmt.Fprintf(w, row, orderItem, outcome, printable(r.CarrierKey), printable(r.ShipmentTrackingKey))
	}
	for _, id := range r.OrderItems {
		show(id)
	}
	if len(r.OrderItems) == 0 {
		show("(none)")
	}
	indent := strings.Repeat(" ", 19)
	for _, reason := range item.Errors {
		fmt.Fprint(w, beside(indent, "because: "+reason))
	}
}
