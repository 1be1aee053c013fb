package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/sellerscenter/client-go/api"
)

// fast does not sleep between attempts.
var fast = api.WithRetry(api.RetryPolicy{MinDelay: 1, MaxDelay: 1})

func TestDemoOfFakeServer(t *testing.T) {
	var stdout, stderr bytes.Buffer
	if code := run(t.Context(), nil, func(string) string { return "" }, &stdout, &stderr, fast); code != 0 {
		t.Fatalf("exit code %d: %s", code, stderr.String())
	}
	for _, want := range []string{
		": completed\n",
		"shipped  DHL_STD_NATIONAL     00340434161094042557   order items 9007199254740993, 9007199254740994\n",
		"FAILED   DPD_EXPRESS_RETIRED  01475012345678         order items 9007199254741044\n           because: carrier key is not active\n",
		"2 of 3 shipments went out.\n",
	} {
		if !strings.Contains(stdout.String(), want) {
			t.Errorf("output lacks %q:\n%s", want, stdout.String())
		}
	}
	for _, want := range []string{"503 Service Unavailable", "unexpected EOF"} {
		if !strings.Contains(stderr.String(), want) {
			t.Errorf("log lacks the retry after %q:\n%s", want, stderr.String())
		}
	}
}

func TestWrongUsageIsOneLine(t *testing.T) {
	const id = "0d7c3f4e-1f5b-4c8e-9b61-6f1a2c3d4e5f"
	for _, tt := range []struct {
		name          string
		baseURL, key  string
		args          []string
		code          int
		wantInMessage string
	}{
		{"no key", "http://127.0.0.1:1", "", []string{"-batch", id}, 2, "SELLERS_CENTER_API_KEY is not set"},
		{"no base URL", "", "key", []string{"-batch", id}, 2, "SELLERS_CENTER_BASE_URL is not set"},
		{"no batch", "http://127.0.0.1:1", "key", nil, 2, "add -batch UUID"},
		{"bad UUID", "http://127.0.0.1:1", "key", []string{"-batch", "4711"}, 2, `"4711" is not a UUID`},
		{"unknown flag", "", "", []string{"-nope"}, 2, "-nope"},
		{"bad base URL", "ftp://x", "key", []string{"-batch", id}, 1, "base URL"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			env := map[string]string{"SELLERS_CENTER_BASE_URL": tt.baseURL, "SELLERS_CENTER_API_KEY": tt.key}
			code := run(t.Context(), tt.args, func(name string) string { return env[name] }, &stdout, &stderr)
			message := stderr.String()
			if code != tt.code || !strings.Contains(message, tt.wantInMessage) || strings.Count(message, "\n") != 1 || stdout.Len() > 0 {
				t.Errorf("exit code %d, stdout %q, stderr %q", code, stdout.String(), message)
			}
		})
	}
}
