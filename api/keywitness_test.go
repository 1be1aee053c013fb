package api_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"reflect"
	"strings"
	"testing"
)

// keyShapes are keys that change when they are written in a URL, in HTML, or in JSON. Each has runs
// of letters and digits that no encoding changes, so that a part is found whatever became of the
// rest.
var keyShapes = map[string]string{
	"base64": "mk1A+front0123/Mid4567Marked89middle+back0123==",
	"markup": "<front0123>Mid4567Marked89middle&back0123'",
	"quotes": `"front0123"Mid4567Marked89middle\back0123`,
}

// keyWitness fails the test when it sees a part of a key. It tells of the first one.
type keyWitness struct {
	testing.TB

	parts []string
}

func newKeyWitness(t testing.TB, keys ...string) *keyWitness {
	t.Helper()
	const length = 10
	w := &keyWitness{TB: t}
	for _, key := range keys {
		for i := 0; i+length <= len(key); i += length / 2 {
			w.parts = append(w.parts, key[i:i+length])
		}
	}
	return w
}

func (w *keyWitness) seeText(what, text string) {
	w.Helper()
	for _, part := range w.parts {
		if i := strings.Index(text, part); i >= 0 && !w.Failed() {
			w.Errorf("%s shows the key: …%.200q", what, text[max(i-80, 0):])
		}
	}
}

// seePrinted prints a value in each way of the standard library.
func (w *keyWitness) seePrinted(what string, v any) {
	w.Helper()
	var text strings.Builder
	encoded, err := json.Marshal(v)
	fmt.Fprintf(&text, "%v\n%+v\n%#v\n%s\n%q\n%s\n%v\n", v, v, v, v, v, encoded, err)
	slog.New(slog.NewTextHandler(&text, nil)).Info("", slog.Any("value", v))
	slog.New(slog.NewJSONHandler(&text, nil)).Info("", slog.Any("value", v))
	w.seeText(fmt.Sprintf("%s, a %T,", what, v), text.String())
}

// see prints a value, and all that it leads to. The value must no longer be in use.
func (w *keyWitness) see(what string, v any) {
	w.Helper()
	w.seePrinted(what, v)
	d := keyDumper{visited: map[any]bool{}}
	d.dump(reflect.ValueOf(v))
	w.seeText(fmt.Sprintf("%s, a %T with all that it leads to,", what, v), d.String())
}

// keyDumper writes down every text that a value leads to, through pointers and unexported fields,
// as the diffs of test libraries do.
type keyDumper struct {
	strings.Builder

	visited map[any]bool
}

func (d *keyDumper) dump(v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		d.WriteString(v.String() + "\n")
	case reflect.Interface:
		d.dump(v.Elem())
	case reflect.Pointer:
		at := [2]any{v.Pointer(), v.Type()}
		// The buffers of a transport have the last request.
		isApart := v.Type() == reflect.TypeFor[*http.Transport]() ||
			v.Type() == reflect.TypeFor[*keyWitness]()
		if !isApart && !d.visited[at] {
			d.visited[at] = true
			d.dump(v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			d.dump(v.Field(i))
		}
	case reflect.Map:
		for key, value := range v.Seq2() {
			d.dump(key)
			d.dump(value)
		}
	case reflect.Slice, reflect.Array:
		if v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Uint8 {
			d.WriteString(string(v.Bytes()) + "\n")
			return
		}
		for _, element := range v.Seq2() {
			d.dump(element)
		}
	default: // no text in it
	}
}
