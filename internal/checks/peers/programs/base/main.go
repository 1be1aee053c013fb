// Command base makes one GET with net/http and encoding/json: what any client's program has in it.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"os"
)

func main() {
	if err := run(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		log.Fatal(err)
	}
}

//nolint:gosec // a program calls the server that its user names
func run(server, apiKey, batchID string) error {
	target := server + "/api/v1/results/ship-orders?batch_request_id=" + batchID
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
	var result struct {
		Status string
		Items  []any
	}
	if err := json.NewDecoder(resp.Body).Decode(&result); err != nil {
		return err
	}
	fmt.Println(result.Status, len(result.Items))
	return nil
}
