package apitest

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// noItems is the list of a batch that has no items, or whose items are not known yet.
var noItems = json.RawMessage("[]")

// encodeItems returns a slice of any type as a JSON list.
func encodeItems(items any) json.RawMessage {
	encoded, err := json.Marshal(items)
	if err != nil {
		panic(fmt.Sprintf("apitest: AddBatch: Items cannot be encoded: %v", err))
	}
	if string(encoded) == "null" {
		return noItems
	}
	if !bytes.HasPrefix(encoded, []byte("[")) {
		panic(fmt.Sprintf("apitest: AddBatch: Items must be a slice that encodes as a list, not %T", items))
	}
	return encoded
}
