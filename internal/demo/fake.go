package main

import (
	"github.com/google/uuid"

	"github.com/sellerscenter/client-go/api"
	"github.com/sellerscenter/client-go/api/apitest"
	"github.com/sellerscenter/client-go/generated"
)

// prepare gives the fake server its batches and faults, and returns the batches.
func prepare(server *apitest.Server) []uuid.UUID {
	server.Fail(
		apitest.Fault{Status: 503, Body: "<html><title>503 Service Unavailable</title></html>"},
		apitest.Fault{Cut: true},
	)
	var ids []uuid.UUID
	for _, batch := range batches {
		ids = append(ids, server.AddBatch(batch))
	}
	return ids
}

// items are those of a batch.
type items []generated.ShipmentResultItemSchema

var batches = []apitest.Batch{
	{
		Statuses: []api.BatchStatus{
			api.StatusPending, api.StatusProcessing, api.StatusProcessing, api.StatusCompleted,
		},
		Items: items{
			item("DHL_STD_NATIONAL", "00340434161094042557", []int64{9007199254740993, 9007199254740994}),
			item("HERMES_STD_NATIONAL", "H1001970003456701013", []int64{9007199254741021}),
			item("DPD_EXPRESS_RETIRED", "01475012345678", []int64{9007199254741044},
				"carrier key is not active", "order item is already shipped"),
		},
	},
	{
		Statuses: []api.BatchStatus{api.StatusCompleted},
		Items:    items{item("DHL_STD_NATIONAL", "00340434161094042564", []int64{9007199254741107})},
	},
	{
		Statuses: []api.BatchStatus{
			api.StatusProcessing, api.StatusRetry, api.StatusProcessing, api.StatusCompleted,
		},
		Items: items{
			item("GLS_STD_NATIONAL", "ZQX81LPB", []int64{9007199254741200, 9007199254741201}),
			item("GLS_STD_NATIONAL", "ZQX81LPC", []int64{9007199254741202}),
		},
	},
	{
		Statuses: []api.BatchStatus{api.StatusPending, api.StatusProcessing, api.StatusFailed},
		Items: items{
			item("UPS_STD_NATIONAL", "1Z999AA10123456784", []int64{9007199254741313},
				"tracking key belongs to another order"),
		},
	},
}

// item is a shipment that failed if there are reasons.
func item(
	carrier, tracking string, orderItems []int64, reasons ...string,
) generated.ShipmentResultItemSchema {
	return generated.ShipmentResultItemSchema{
		Success: len(reasons) == 0,
		Errors:  append([]string{}, reasons...),
		RequestItem: generated.ShipmentItemSchema{
			CarrierKey:          carrier,
			ShipmentTrackingKey: tracking,
			ReturnTrackingKey:   "R" + tracking,
			OrderItems:          orderItems,
		},
	}
}
