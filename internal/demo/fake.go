package main

import (
	"context"
	"net"
	"net/http"
	"time"

	"github.com/google/uuid"

	"github.com/sellerscenter/client-go/api"
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
	server.Fail(
		apitest.Fault{
			Status: http.StatusServiceUnavailable,
			Body:   "<html><title>503 Service Unavailable</title></html>",
		},
		apitest.Fault{Cut: true},
	)
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	f := &fake{
		url:  "http://" + listener.Addr().String(),
		http: &http.Server{Handler: server, ReadHeaderTimeout: time.Minute},
	}
	for _, batch := range batches {
		f.batches = append(f.batches, server.AddBatch(batch))
	}
	go func() { _ = f.http.Serve(listener) }()
	return f, nil
}

// job is to wait for all batches of the server, more eagerly than by default, to keep the demo short.
func (f *fake) job() job {
	return job{
		baseURL: f.url,
		key:     apitest.Key,
		ids:     f.batches,
		fake:    true,
		opts:    []api.WaitOption{api.WithPollInterval(400*time.Millisecond, 2*time.Second)},
	}
}

func (f *fake) close() { _ = f.http.Close() }

// items are those of a batch.
type items []generated.ShipmentResultItemSchema

var batches = []apitest.Batch{
	{
		Statuses: []api.BatchStatus{
			api.StatusPending, api.StatusProcessing, api.StatusProcessing, api.StatusCompleted,
		},
		Items: items{
			shipped("DHL_STD_NATIONAL", "00340434161094042557", 9007199254740993, 9007199254740994),
			shipped("HERMES_STD_NATIONAL", "H1001970003456701013", 9007199254741021),
			failed("DPD_EXPRESS_RETIRED", "01475012345678", 9007199254741044,
				"carrier key is not active", "order item is already shipped"),
		},
	},
	{
		Statuses: []api.BatchStatus{api.StatusCompleted},
		Items: items{
			shipped("DHL_STD_NATIONAL", "00340434161094042564", 9007199254741107),
		},
	},
	{
		Statuses: []api.BatchStatus{
			api.StatusProcessing, api.StatusRetry, api.StatusProcessing, api.StatusCompleted,
		},
		Items: items{
			shipped("GLS_STD_NATIONAL", "ZQX81LPB", 9007199254741200, 9007199254741201),
			shipped("GLS_STD_NATIONAL", "ZQX81LPC", 9007199254741202),
		},
	},
	{
		Statuses: []api.BatchStatus{api.StatusPending, api.StatusProcessing, api.StatusFailed},
		Items: items{
			failed("UPS_STD_NATIONAL", "1Z999AA10123456784", 9007199254741313,
				"tracking key belongs to another order"),
		},
	},
}

func shipped(carrier, tracking string, orderItems ...int64) generated.ShipmentResultItemSchema {
	return generated.ShipmentResultItemSchema{
		Success:     true,
		RequestItem: shipment(carrier, tracking, orderItems...),
	}
}

func failed(carrier, tracking string, orderItem int64, reasons ...string) generated.ShipmentResultItemSchema {
	return generated.ShipmentResultItemSchema{
		Errors:      reasons,
		RequestItem: shipment(carrier, tracking, orderItem),
	}
}

func shipment(carrier, tracking string, orderItems ...int64) generated.ShipmentItemSchema {
	return generated.ShipmentItemSchema{
		CarrierKey:          carrier,
		ShipmentTrackingKey: tracking,
		ReturnTrackingKey:   "R" + tracking,
		OrderItems:          orderItems,
	}
}
