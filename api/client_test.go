package api_test

import (
	"fmt"
	"net/http"
	"runtime"
	"testing"

	"github.com/sellerscenter/client-go/api"
)

// TestRequestIsAuthenticatedAndIdentified has what is sent by default, with options, and after an
// editor of the caller's, who has the last word on all but the key.
func TestRequestIsAuthenticatedAndIdentified(t *testing.T) {
	const url = baseURL + operationPath + "?batch_request_id=0d7c3f4e-1f5b-4c8e-9b61-6f1a2c3d4e5f"
	agent := "sellerscenter-go (github.com/sellerscenter/client-go; " + runtime.Version() + ")"
	unedited := func(*http.Request) {}
	for _, tt := range []struct {
		name, key string
		opts      []api.Option
		edit      func(*http.Request)
		want      string
	}{
		{"default", markedKey, nil, unedited,
			"GET " + url + " [" + markedKey + "] [application/json] [" + agent + "]"},
		{"key of a file", " \t" + markedKey + " \r\n", nil, unedited,
			"GET " + url + " [" + markedKey + "] [application/json] [" + agent + "]"},
		{"user agent", markedKey, []api.Option{api.WithUserAgent("shop-sync/1.4")}, unedited,
			"GET " + url + " [" + markedKey + "] [application/json] [shop-sync/1.4]"},
		{"editor", markedKey, nil, func(r *http.Request) {
			r.Header.Set("Accept", "application/json;q=1")
			r.Header.Set("User-Agent", "mine")
			r.Header.Set("X-API-Key", "the caller's")
			r.URL.Path = "/gateway"
			r.URL.RawQuery = "shop=7"
		}, "GET " + baseURL + "/gateway?shop=7 [" + markedKey + "] [application/json;q=1] [mine]"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := ""
			client := &http.Client{Transport: after(func(r *http.Request) {
				got = fmt.Sprintf("%s %v %s %s %s", r.Method, r.URL, r.Header.Values("X-API-Key"),
					r.Header.Values("Accept"), r.Header.Values("User-Agent"))
			}, handle(ok))}
			c, err := api.New(baseURL, tt.key, append(tt.opts, api.WithHTTPClient(client))...)
			if err != nil {
				t.Fatal(err)
			}
			resp, err := get(t.Context(), c, editor(tt.edit))
			if err != nil || resp.JSON200.Items[0].RequestItem.OrderItems[0] != 9007199254740993 {
				t.Errorf("response %+v, error %v", resp, err)
			}
			if got != tt.want {
				t.Errorf("sent %s, want %s", got, tt.want)
			}
		})
	}
}
