package apitest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
)

// noItems is the list of a batch that has no items, or whose items are not known yet.
var noItems = json.RawMessage("[]")

// encodeItems returns a slice of any type as a JSON list, with empty lists where a slice in it is
// nil.
func encodeItems(items any) json.RawMessage {
	if items == nil {
		return noItems
	}
	if reflect.TypeOf(items).Kind() != reflect.Slice {
		panic(fmt.Sprintf("apitest: AddBatch: Items must be a slice, not %T", items))
	}
	if reflect.ValueOf(items).Len() == 0 {
		return noItems
	}
	// encoding/json refuses what fillLists would walk without end: a value that contains itself.
	_ = mustEncode(items)

	filled := reflect.New(reflect.TypeOf(items)).Elem()
	filled.Set(reflect.ValueOf(items))
	fillLists(filled)
	encoded := mustEncode(filled.Interface())
	if !bytes.HasPrefix(encoded, []byte("[")) {
		panic(fmt.Sprintf("apitest: AddBatch: Items must be a slice that encodes as a list, not %T", items))
	}
	return encoded
}

func mustEncode(items any) json.RawMessage {
	encoded, err := json.Marshal(items)
	if err != nil {
		panic(fmt.Sprintf("apitest: AddBatch: Items cannot be encoded: %v", err))
	}
	return encoded
}

// fillLists replaces nil slices in v, which encoding/json writes as null, by empty ones. It leaves
// []byte alone, which is a string in JSON, and copies what v refers to before it changes anything
// there.
func fillLists(v reflect.Value) {
	if v.Kind() == reflect.Struct {
		fillFields(v)
		return
	}
	if !v.CanSet() {
		return // an unexported field
	}
	switch v.Kind() {
	case reflect.Slice:
		fillSlice(v)
	case reflect.Array:
		for i := range v.Len() {
			fillLists(v.Index(i))
		}
	case reflect.Map:
		fillMap(v)
	case reflect.Interface:
		if !v.IsNil() {
			v.Set(filledCopy(v.Elem()))
		}
	case reflect.Pointer:
		if !v.IsNil() {
			v.Set(filledCopy(v.Elem()).Addr())
		}
	default: // has no slices in it
	}
}

func fillFields(v reflect.Value) {
	for i := range v.NumField() {
		tag := v.Type().Field(i).Tag.Get("json")
		omitted := tag == "-" || strings.Contains(tag, ",omitzero") && v.Field(i).IsZero()
		if !omitted {
			fillLists(v.Field(i))
		}
	}
}

func fillSlice(v reflect.Value) {
	if v.Type().Elem().Kind() == reflect.Uint8 {
		return
	}
	list := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
	for i := range v.Len() {
		list.Index(i).Set(filledCopy(v.Index(i)))
	}
	v.Set(list)
}

func fillMap(v reflect.Value) {
	if v.IsNil() {
		return
	}
	filled := reflect.MakeMapWithSize(v.Type(), v.Len())
	for key, value := range v.Seq2() {
		filled.SetMapIndex(key, filledCopy(value))
	}
	v.Set(filled)
}

// filledCopy returns a copy of v, which can be set and has its address, with lists filled.
func filledCopy(v reflect.Value) reflect.Value {
	filled := reflect.New(v.Type()).Elem()
	filled.Set(v)
	fillLists(filled)
	return filled
}
