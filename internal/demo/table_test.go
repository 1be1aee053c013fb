package main

import (
	"bytes"
	"testing"
)

func TestTableShowsShipmentWithoutOrderItems(t *testing.T) {
	item := shipped("GLS_STD_NATIONAL", "ZQX81LPB")
	item.Success = false
	item.Errors = []string{"no\x1b[2J order items"}
	var out bytes.Buffer
	printShipment(&out, item)
	want := "(none)               NOT SHIPPED  GLS_STD_NATIONAL     ZQX81LPB\n" +
		"                     because: no [2J order items\n"
	if got := out.String(); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}
