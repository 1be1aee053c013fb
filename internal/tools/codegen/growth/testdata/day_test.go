package growth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

	"github.com/sellerscenter/client-go/api"
	"github.com/sellerscenter/client-go/api/apitest"
	"github.com/sellerscenter/client-go/generated"
)

// TestDay ships what was packed today, in four submissions. The first is lost before the server acts on
// it, the second after that, and the third is refused. What has shipped is not sent again.
func TestDay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := marketplace()
		defer server.Close()
		var ok apitest.Fault
		server.Fail(
			apitest.Fault{Status: http.StatusBadGateway}, ok, ok, ok, // looks at two pages, submits again
			apitest.Fault{Cut: true}, ok, ok, // looks at one
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
		if want := []int64{13, 1013, 3013}; !slices.Equal(got, want) || !errors.Is(err, api.ErrBadRequest) {
			t.Errorf("not shipped: %v, want %v; error %v, want a 400", got, want, err)
		}
	})
}

// ship submits shipments in chunks, waits for the batches, and returns the items of all that did not
// ship. Its error has all that went wrong: each chunk that was not submitted, and the id of each batch
// whose end was not seen, to ask for it again.
func ship(
	ctx context.Context, client *api.Client, shipments []generated.ShipmentItemSchema,
) (failed []generated.ShipmentResultItemSchema, err error) {
	var batches []uuid.UUID
	for chunk := range slices.Chunk(shipments, 1000) { // what the spec allows in one request
		batch, e := submit(ctx, client, chunk)
		err = errors.Join(err, e)
		batches = append(batches, batch...)
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
	return failed, err
}

// settled is how long it takes until a batch that the server got shows in the state of its orders.
const settled = 5 * time.Minute

// submit returns the batch of a submission. If the outcome is unknown, it gives a batch time to end,
// and submits again what is still pending. If nothing is, there is no batch to wait for.
func submit(
	ctx context.Context, client *api.Client, shipments []generated.ShipmentItemSchema,
) ([]uuid.UUID, error) {
	sent, err := client.ShipOrdersWithResponse(ctx, shipments)
	if err == nil {
		return []uuid.UUID{sent.JSON202.BatchRequestID}, nil
	}
	if !errors.Is(err, api.ErrOutcomeUnknown) {
		return nil, err
	}
	select {
	case <-time.After(settled):
	case <-ctx.Done():
		return nil, err
	}
	isPending := map[int64]bool{}
	state := "pending"
	for order, err := range client.AllOrders(ctx, &generated.ListOrdersParams{State: &state}) {
		if err != nil {
			return nil, err
		}
		for _, id := range order.OrderItems {
			isPending[id] = true
		}
	}
	shipments = slices.DeleteFunc(slices.Clone(shipments), func(shipment generated.ShipmentItemSchema) bool {
		return !slices.ContainsFunc(shipment.OrderItems, func(id int64) bool { return isPending[id] })
	})
	if len(shipments) == 0 {
		return nil, nil
	}
	return submit(ctx, client, shipments)
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
// 100 items, and lists those with items that are still pending.
func marketplace() *apitest.Server {
	server := apitest.NewServer()
	shipped := map[int64]bool{}
	apitest.HandleList(server, "ListOrders", func(*http.Request) (orders []generated.FieldOrderSchema) {
		for first := int64(1); first <= 3500; first += 100 {
			var order generated.FieldOrderSchema
			for id := first; id < first+100; id++ {
				if !shipped[id] {
					order.OrderItems = append(order.OrderItems, id)
				}
			}
			if len(order.OrderItems) > 0 {
				orders = append(orders, order)
			}
		}
		return orders
	})
	apitest.HandleSubmission(server, "ShipOrders", func(shipments []generated.ShipmentItemSchema) apitest.Batch {
		var items []generated.ShipmentResultItemSchema
		for _, shipment := range shipments {
			id := shipment.OrderItems[0]
			item := generated.ShipmentResultItemSchema{RequestItem: shipment, Errors: []string{"bad carrier"}}
			if id%1000 != 13 && !shipped[id] {
				shipped[id], item.Success, item.Errors = true, true, nil
			}
			items = append(items, item)
		}
		return apitest.Batch{Items: items}
	})
	return server
}
