package growth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

	"github.com/sellerscenter/client-go/api"
	"github.com/sellerscenter/client-go/api/apitest"
	"github.com/sellerscenter/client-go/generated"
)

// TestDay ships what was packed today, in four submissions. The first is lost before the server acts on
// it, the second after that, and the third is refused.
func TestDay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := marketplace(t)
		defer server.Close()
		server.Fail(
			apitest.Fault{Status: http.StatusBadGateway},
			apitest.Fault{Cut: true},
			apitest.Fault{Status: http.StatusBadRequest})
		client, err := api.New(apitest.URL, apitest.Key, api.WithHTTPClient(server.HTTPClient()))
		if err != nil {
			t.Fatal(err)
		}
		failed, err := ship(t.Context(), client, packed(3500))
		var got []int64
		for _, item := range failed {
			got = append(got, item.RequestItem.OrderItems...)
		}
		slices.Sort(got)
		if want := []int64{13, 1013, 3013}; !slices.Equal(got, want) {
			t.Errorf("not shipped: %v, want %v", got, want)
		}
		const want = "1000 shipments from [2001] on: sellerscenter: POST /api/v1/orders/ship: 400: "
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("error %v, want %s", err, want)
		}
	})
}

// ship submits shipments in chunks, waits for the batches, and returns the items of all that did not
// ship. Its error has what else went wrong: which chunks were not submitted, and the id of each batch
// whose end was not seen, to ask for it again. What may be lost is looked up, and sent again until the
// context ends.
func ship(
	ctx context.Context, client *api.Client, shipments []generated.ShipmentItemSchema,
) (failed []generated.ShipmentResultItemSchema, err error) {
	var batches []uuid.UUID
	var lost []generated.ShipmentItemSchema
	var whyLost error
	for chunk := range slices.Chunk(shipments, 1000) { // what the spec allows in one request
		sent, e := client.ShipOrdersWithResponse(ctx, chunk)
		if e == nil {
			batches = append(batches, sent.JSON202.BatchRequestID)
			continue
		}
		e = fmt.Errorf("%d shipments from %v on: %w", len(chunk), chunk[0].OrderItems, e)
		if errors.Is(e, api.ErrOutcomeUnknown) {
			lost = append(lost, chunk...)
			whyLost = errors.Join(whyLost, e)
		} else {
			err = errors.Join(err, e)
		}
	}
	for batch, e := range client.WaitShipOrderBatches(ctx, batches, api.WithNotFoundGrace(time.Minute)) {
		err = errors.Join(err, e)
		if batch == nil {
			continue
		}
		for _, item := range batch.Items {
			if !item.Success {
				failed = append(failed, item)
			}
		}
	}
	if len(lost) == 0 {
		return failed, err
	}
	left, e := unshipped(ctx, client, lost)
	if e != nil {
		return failed, errors.Join(err, whyLost, e)
	}
	again, e := ship(ctx, client, left)
	return append(failed, again...), errors.Join(err, e)
}

// unshipped returns the shipments that the orders of the last month do not show as shipped. What it
// returns by mistake the API refuses to ship twice. It first gives a batch that the server made time to
// end.
func unshipped(
	ctx context.Context, client *api.Client, shipments []generated.ShipmentItemSchema,
) ([]generated.ShipmentItemSchema, error) {
	select {
	case <-time.After(2 * time.Minute):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	isShipped := map[int64]bool{}
	from := time.Now().AddDate(0, -1, 0)
	for order, err := range client.AllOrders(ctx, &generated.ListOrdersParams{OrdersFrom: &from}) {
		if err != nil {
			return nil, err
		}
		for _, item := range order.OrderItems {
			isShipped[item.ID] = item.Status == generated.FieldOrderItemSchemaStatusShipped
		}
	}
	return slices.DeleteFunc(slices.Clone(shipments), func(shipment generated.ShipmentItemSchema) bool {
		return !slices.ContainsFunc(shipment.OrderItems, func(id int64) bool { return !isShipped[id] })
	}), nil
}

// packed returns n shipments of one item each.
func packed(n int64) []generated.ShipmentItemSchema {
	var shipments []generated.ShipmentItemSchema
	for id := range n {
		shipments = append(shipments, generated.ShipmentItemSchema{
			CarrierKey:          "DHL_STD_NATIONAL",
			OrderItems:          []int64{id + 1},
			ShipmentTrackingKey: fmt.Sprintf("0034043416109404%04d", id),
			ReturnTrackingKey:   fmt.Sprintf("R034043416109404%04d", id),
		})
	}
	return shipments
}

// marketplace is a server that ships each item of a batch but one in a thousand. It has 35 orders of
// 100 items.
func marketplace(t *testing.T) *apitest.Server {
	server := apitest.NewServer()
	orders := make([]generated.FieldOrderSchema, 35)
	for id := range int64(3500) {
		item := generated.FieldOrderItemSchema{ID: id + 1, Status: "open"}
		orders[id/100].OrderItems = append(orders[id/100].OrderItems, item)
	}
	apitest.HandleList(server, "ListOrders", func(*http.Request) []generated.FieldOrderSchema { return orders })
	apitest.HandleSubmission(server, "ShipOrders", func(shipments []generated.ShipmentItemSchema) apitest.Batch {
		var items []generated.ShipmentResultItemSchema
		for _, shipment := range shipments {
			id := shipment.OrderItems[0]
			status := &orders[(id-1)/100].OrderItems[(id-1)%100].Status
			if *status == "shipped" {
				t.Errorf("item %d was sent again", id)
			}
			item := generated.ShipmentResultItemSchema{RequestItem: shipment, Errors: []string{"bad carrier"}}
			if id%1000 != 13 {
				*status, item.Success, item.Errors = "shipped", true, nil
			}
			items = append(items, item)
		}
		return apitest.Batch{Items: items}
	})
	return server
}
