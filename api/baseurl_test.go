package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/sellerscenter/client-go/api"
)

func TestBaseURLIsJoinedWithPath(t *testing.T) {
	const path = "/api/v1/results/ship-orders?batch_request_id=0d7c3f4e-1f5b-4c8e-9b61-6f1a2c3d4e5f"
	for base, want := range map[string]string{
		"https://sellers.example.com":         "https://sellers.example.com",
		"https://sellers.example.com/":        "https://sellers.example.com",
		"https://sellers.example.com/api/v1":  "https://sellers.example.com",
		"https://sellers.example.com/api/v1/": "https://sellers.example.com",
		"HTTPS://sellers.example.com:8443":    "https://sellers.example.com:8443",
		"https://gw.example/scapi":            "https://gw.example/scapi",
		"https://gw.example/scapi/":           "https://gw.example/scapi",
		"https://gw.example/scapi/api/v1":     "https://gw.example/scapi",
		"https://gw.example/scapi//api/v1//":  "https://gw.example/scapi",
		"https://gw.example/a/../scapi":       "https://gw.example/scapi",
		"https://gw.example/te%2Fnant":        "https://gw.example/te%2Fnant",
		"https://gw.example/{tenant}":         "https://gw.example/%7Btenant%7D",
		"https://gw.example/notapi/v1":        "https://gw.example/notapi/v1",
		"https://api/v1":                      "https://api/v1",
		"https://api/api/v1":                  "https://api",
		"http://localhost:8080":               "http://localhost:8080",
		"http://LocalHost:8080":               "http://localhost:8080",
		"https://SELLERS.Example.com":         "https://sellers.example.com",
		"http://127.0.0.1:8080":               "http://127.0.0.1:8080",
		"http://127.8.9.1":                    "http://127.8.9.1",
		"http://[::1]:8080/api/v1":            "http://[::1]:8080",
	} {
		t.Run(base, func(t *testing.T) {
			got := ""
			client := &http.Client{Transport: after(func(r *http.Request) { got = r.URL.String() },
				handle(ok))}
			resp, err := get(t.Context(), newClientOf(t, base, client))
			if err != nil || got != want+path || resp.HTTPResponse.Request.URL.String() != got {
				t.Errorf("requested %s, want %s, response %+v, error %v", got, want+path, resp, err)
			}
		})
	}
}

func TestBadBaseURLSaysWhatToWrite(t *testing.T) {
	for base, want := range map[string]string{
		"":                                       "it is empty",
		"sellers.example.com":                    "not an https URL with a host",
		"//sellers.example.com":                  "not an https URL with a host",
		"localhost:8080":                         "not an https URL with a host",
		"/api/v1":                                "not an https URL with a host",
		"https://":                               "not an https URL with a host",
		"https:///api/v1":                        "not an https URL with a host",
		"https://:443":                           "not an https URL with a host",
		"https:sellers.example.com":              "not an https URL with a host",
		"ftp://sellers.example.com":              "not an https URL with a host",
		"https://sellers.example.com:99999":      "port",
		"https://sellers.example.com:0":          "port",
		"https://sellers.example.com:":           "port",
		"https://sellers.example.com:port":       "not an https URL with a host",
		"https://s3cret@sellers.example.com":     "user information",
		"https://u:s3cret@sellers.example.com":   "user information",
		"https://sellers.example.com?key=s3cret": "query",
		"https://sellers.example.com/?":          "query",
		"https://sellers.example.com#s3cret":     "fragment",
		"https://sellers.example.com/#":          "fragment",
		"http://sellers.example.com":             "WithInsecureHTTP",
		"http://localhost.example.com":           "WithInsecureHTTP",
		"http://localhoſt":                       "WithInsecureHTTP", // a long s, which folds to one
		"http://10.0.0.1":                        "WithInsecureHTTP",
		" https://sellers.example.com":           "not an https URL with a host",
		"https://sellers.example.com\n":          "not an https URL with a host",
		"https://sellers.example .com":           "not an https URL with a host",
		"https://u:s3cret@sellers.example.com:x": "not an https URL with a host",
		"s3cret":                                 "not an https URL with a host",
		"https://sellers.example.com/api/v2":     "/api/v1",
		"https://gw.example.com/scapi/api/v10/":  "/api/v1",
	} {
		t.Run(base, func(t *testing.T) {
			c, err := api.New(base, markedKey)
			text := fmt.Sprint(err)
			if c != nil || !strings.Contains(text, "base URL") || !strings.Contains(text, want) {
				t.Errorf("error %q, want it to name the base URL and say %q", text, want)
			}
			if strings.Contains(text, "s3cret") || strings.Contains(text, markedKey) {
				t.Errorf("error %q repeats a secret", text)
			}
		})
	}
}

func TestInsecureHTTPIsAllowedByOption(t *testing.T) {
	_ = newClientOf(t, "http://sellers.example.com", &http.Client{}, api.WithInsecureHTTP())
}
