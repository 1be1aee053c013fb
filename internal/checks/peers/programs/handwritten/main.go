// Command handwritten asks for a batch with net/http and encoding/json, into types of its own.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"net/url"
	"os"
)

type batch struct {
	BatchRequestID string `json:"batchRequestId"`
	Status         string `json:"status"`
	Items          []item `json:"items"`
}

type item struct {
	RequestItem shipment `json:"requestItem"`
	Success     bool     `json:"success"`
	Errors      []string `json:"errors"`
}

type shipment struct {
	OrderItems          []int64 `json:"order_items"`
	CarrierKey          string  `json:"carrier_key"`
	ShipmentTrackingKey string  `json:"shipment_tracking_key"`
	ReturnTrackingKey   string  `json:"return_tracking_key"`
}

func main() {
	if err := run(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		log.Fatal(err)
	}
}

//nolint:gosec // a program calls the server that its user names
func run(server, apiKey, batchID string) error {
	query := url.Values{"batch_request_id": {batchID}}
	target := server + "/api/v1/results/ship-orders?" + query.Encode()
	req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, target, http.NoBody)
	if err != nil {
		return err
	}
	req.Header.Set("X-API-Key", apiKey)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("status %d", resp.StatusCode)
	}
	var result batch
	if err := json.NewDecoder(resp.Body).Decode(&result); err != nil {
		return err
	}
	fmt.Println(result.Status, len(result.Items))
	return nil
}
