package growth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"net/http"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/sellerscenter/client-go/api"
	"github.com/sellerscenter/client-go/api/apitest"
	"github.com/sellerscenter/client-go/generated"
)

// Ships what was packed today, and lists what did not ship.
func Example_day() {
	server := marketplace()
	defer server.Close()
	client, err := api.New(apitest.URL, apitest.Key, api.WithHTTPClient(server.HTTPClient()))
	if err != nil {
		log.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
	defer cancel()
	failed, err := ship(ctx, client, packed(2500))
	for _, item := range failed {
		fmt.Println(item.RequestItem.OrderItems, item.Errors)
	}
	fmt.Println("error:", err)
	// Unordered output:
	// [13] [carrier key is not active]
	// [1013] [carrier key is not active]
	// [2013] [carrier key is not active]
	// error: <nil>
}

// ship submits shipments in chunks, waits for the batches, and returns the items of all that did not
// ship. Its error has the id of each batch whose end was not seen, to ask for it again.
func ship(
	ctx context.Context, client *api.Client, shipments []generated.ShipmentItemSchema,
) (failed []generated.ShipmentResultItemSchema, err error) {
	var batches []uuid.UUID
	for chunk := range slices.Chunk(shipments, 1000) { // what the spec allows in one request
		batch, err := submit(ctx, client, chunk)
		if err != nil {
			return nil, err
		}
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

// submit returns the batch that a submission has become. If the outcome is unknown, it submits again
// what has not shipped by then. If all has, there is nothing to wait for.
func submit(
	ctx context.Context, client *api.Client, shipments []generated.ShipmentItemSchema,
) ([]uuid.UUID, error) {
	sent, err := client.ShipOrdersWithResponse(ctx, shipments)
	if errors.Is(err, api.ErrOutcomeUnknown) {
		left, err := pending(ctx, client, shipments)
		if err != nil || len(left) == 0 {
			return nil, err
		}
		return submit(ctx, client, left)
	}
	if err != nil {
		return nil, err
	}
	return []uuid.UUID{sent.JSON202.BatchRequestID}, nil
}

// pending returns those shipments whose orders have not shipped, from all pages of the list.
func pending(
	ctx context.Context, client *api.Client, shipments []generated.ShipmentItemSchema,
) ([]generated.ShipmentItemSchema, error) {
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
	var left []generated.ShipmentItemSchema
	for _, shipment := range shipments {
		if isPending[shipment.OrderItems[0]] {
			left = append(left, shipment)
		}
	}
	return left, nil
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

// marketplace is a server that fails at the first submission, lists pending orders on two pages, and
// ships each item of a batch but one in a thousand.
func marketplace() *apitest.Server {
	server := apitest.NewServer()
	server.Fail(apitest.Fault{Status: http.StatusBadGateway})
	server.Handle("ListOrders", func(w http.ResponseWriter, r *http.Request) {
		order := generated.FieldOrderSchema{OrderItems: []int64{1, 2, 3}}
		if r.FormValue("page") == "2" {
			order.OrderItems = []int64{13, 14}
		}
		page := map[string]any{"items": []any{order}, "pagination": map[string]int{"pages": 2}}
		_ = json.NewEncoder(w).Encode(page)
	})
	apitest.HandleSubmission(server, "ShipOrders", func(shipments []generated.ShipmentItemSchema) apitest.Batch {
		var items []generated.ShipmentResultItemSchema
		for _, shipment := range shipments {
			item := generated.ShipmentResultItemSchema{RequestItem: shipment, Success: true}
			if shipment.OrderItems[0]%1000 == 13 {
				item.Success = false
				item.Errors = []string{"carrier key is not active"}
			}
			items = append(items, item)
		}
		return apitest.Batch{Items: items}
	})
	return server
}
