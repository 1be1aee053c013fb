package main

import (
	"context"
	"net"
	"net/http"
	"time"

	"github.com/google/uuid"

	"github.com/sellerscenter/client-go/api/apitest"
	"github.com/sellerscenter/client-go/generated"
)

// fake is the embedded server, on a real socket.
type fake struct {
	url     string
	batches []uuid.UUID
	http    *http.Server
}

func startFake(ctx context.Context) (*fake, error) {
	server := apitest.NewServer()
	server.LimitRequests(200)
	server.Fail(apitest.Fault{Status: http.StatusServiceUnavailable, Body: "<html><title>503 Service Unavailable</title></html>"},
		apitest.Fault{Cut: true})
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	f := &fake{url: "http://" + listener.Addr().String(), http: &http.Server{Handler: server, ReadHeaderTimeout: time.Minute}}
	for _, batch := range batches {
		f.batches = append(f.batches, server.AddBatch(batch))
	}
	go func() { _ = f.http.Serve(listener) }()
	return f, nil
}

func (f *fake) close() { _ = f.http.Close() }

const (
	pending    = generated.RequestStatusPending
	processing = generated.RequestStatusProcessing
	retry      = generated.RequestStatusRetry
	completed  = generated.RequestStatusCompleted
	failed     = generated.RequestStatusFailed
)

func item(carrier, tracking string, orderItems []int64, errors ...string) generated.ShipmentResultItemSchema {
	return generated.ShipmentResultItemSchema{Success: len(errors) == 0, Errors: append([]string{}, errors...), RequestItem: generated.ShipmentItemSchema{
		CarrierKey: carrier, ShipmentTrackingKey: tracking, ReturnTrackingKey: "R" + tracking, OrderItems: orderItems,
	}}
}

var batches = []apitest.Batch{
	{Statuses: []generated.RequestStatus{pending, processing, processing, completed}, Items: []generated.ShipmentResultItemSchema{
		item("DHL_STD_NATIONAL", "00340434161094042557", []int64{9007199254740993, 9007199254740994}),
		item("HERMES_STD_NATIONAL", "H1001970003456701013", []int64{9007199254741021}),
		item("DPD_EXPRESS_RETIRED", "01475012345678", []int64{9007199254741044}, "carrier key is not active", "order item is already shipped"),
	}},
	{Statuses: []generated.RequestStatus{completed}, Items: []generated.ShipmentResultItemSchema{
		item("DHL_STD_NATIONAL", "00340434161094042564", []int64{9007199254741107}),
	}},
	{Statuses: []generated.RequestStatus{processing, retry, processing, completed}, Items: []generated.ShipmentResultItemSchema{
		item("GLS_STD_NATIONAL", "ZQX81LPB", []int64{9007199254741200, 9007199254741201}),
		item("GLS_STD_NATIONAL", "ZQX81LPC", []int64{9007199254741202}),
	}},
	{Statuses: []generated.RequestStatus{pending, processing, failed}, Items: []generated.ShipmentResultItemSchema{
		item("UPS_STD_NATIONAL", "1Z999AA10123456784", []int64{9007199254741313}, "tracking key belongs to another order"),
	}},
}
