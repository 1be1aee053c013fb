package main

import (
	"strings"
	"testing"
)

func TestClientTemplateIsTheGeneratorsOwn(t *testing.T) {
	template, err := deriveClientTemplate(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(template, "operation.Undecodable(rsp, err)"); n != bareReturns {
		t.Errorf("%d errors are wrapped, want %d", n, bareReturns)
	}
	if strings.Contains(template, bareReturn) {
		t.Error("a bare return is left")
	}
}

func TestAnotherTemplateIsRefused(t *testing.T) {
	for _, template := range []string{"", bareReturn, strings.Repeat(bareReturn, 3)} {
		_, err := wrapReturns("client.tmpl", template)
		if err == nil || !strings.Contains(err.Error(), "client.tmpl") {
			t.Errorf("error %v of a template with %d returns", err, strings.Count(template, bareReturn))
		}
	}
}
