package api_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"reflect"
	"strings"
	"sync"
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

func keyInJSON(key string) string {
	quoted, err := json.Marshal(key)
	if err != nil {
		panic(err)
	}
	return string(quoted[1 : len(quoted)-1])
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
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		fmt.Fprintf(&text, verb+"\n", v)
	}
	encoded, err := json.Marshal(v)
	fmt.Fprintln(&text, string(encoded), err)
	text.WriteString(keyLogged(func(h slog.Handler) { slog.New(h).Info("", slog.Any("value", v)) }))
	w.seeText(fmt.Sprintf("%s, a %T,", what, v), text.String())
}

// see prints a value, all that it leads to, and the errors that it wraps. The value must no longer
// be in use.
func (w *keyWitness) see(what string, v any) {
	w.Helper()
	w.seePrinted(what, v)
	d := keyDumper{visited: map[any]bool{}}
	d.dump(reflect.ValueOf(v))
	w.seeText(fmt.Sprintf("%s, a %T with all that it leads to,", what, v), d.String())
	switch err := v.(type) {
	case interface{ Unwrap() error }:
		w.see("the cause of "+what, err.Unwrap())
	case interface{ Unwrap() []error }:
		for _, cause := range err.Unwrap() {
			w.see("a cause of "+what, cause)
		}
	}
}

// keyLogged returns what f logs, as text and as JSON.
func keyLogged(f func(slog.Handler)) string {
	var b bytes.Buffer
	options := &slog.HandlerOptions{Level: slog.LevelDebug, AddSource: true}
	f(slog.NewTextHandler(&b, options))
	f(slog.NewJSONHandler(&b, options))
	return b.String()
}

// keyLog is a log handler whose witness sees each record.
type keyLog struct{ w *keyWitness }

func (l keyLog) Enabled(context.Context, slog.Level) bool { return true }
func (l keyLog) WithAttrs([]slog.Attr) slog.Handler       { return l }
func (l keyLog) WithGroup(string) slog.Handler            { return l }

func (l keyLog) Handle(ctx context.Context, r slog.Record) error {
	l.w.seeText("the context of a record", fmt.Sprint(ctx))
	l.w.seeText("a record", keyLogged(func(h slog.Handler) { _ = h.Handle(ctx, r) }))
	return nil
}

// keyDumper writes down every text that a value leads to, through pointers and unexported fields,
// as the diffs of test libraries do.
type keyDumper struct {
	strings.Builder

	visited map[any]bool
}

func (d *keyDumper) dump(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		d.dumpPointer(v)
	case reflect.Interface:
		d.dump(v.Elem())
	case reflect.Struct:
		for i := range v.NumField() {
			d.dump(v.Field(i))
		}
	case reflect.Map:
		for entries := v.MapRange(); entries.Next(); {
			d.dump(entries.Key())
			d.dump(entries.Value())
		}
	case reflect.Slice, reflect.Array:
		if v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Uint8 {
			d.WriteString(string(v.Bytes()) + "\n")
			return
		}
		for i := range v.Len() {
			d.dump(v.Index(i))
		}
	case reflect.String:
		d.WriteString(v.String() + "\n")
	default: // no text in it
	}
}

func (d *keyDumper) dumpPointer(v reflect.Value) {
	switch v.Type() {
	case reflect.TypeFor[*http.Transport](): // its buffers have the last request
		return
	case reflect.TypeFor[*keyWitness]():
		return
	}
	at := [2]any{v.Pointer(), v.Type()}
	if v.IsNil() || d.visited[at] {
		return
	}
	d.visited[at] = true
	d.dump(v.Elem())
}

// keyNetwork is a network in memory, which net/http's own transport uses as it would a real one.
type keyNetwork struct {
	// answer returns what a server says to a request, byte for byte. Then the connection ends, but
	// after {silence} it is the client that has to end it.
	answer func(addr string, r *http.Request) string

	serving sync.WaitGroup
	mu      sync.Mutex
	foreign bytes.Buffer // what was received elsewhere than at the origin
}

// keyOrigin is the address of the server that is to get the key.
const keyOrigin = "sellers.example.com:443"

func (n *keyNetwork) transport() *http.Transport {
	dial := func(_ context.Context, _, addr string) (net.Conn, error) {
		client, server := net.Pipe()
		n.serving.Go(func() { n.serve(addr, server) })
		return client, nil
	}
	return &http.Transport{DialContext: dial, DialTLSContext: dial, DisableKeepAlives: true}
}

func (n *keyNetwork) serve(addr string, conn net.Conn) {
	defer conn.Close()
	var received bytes.Buffer
	r, err := http.ReadRequest(bufio.NewReader(io.TeeReader(conn, &received)))
	if err != nil {
		return
	}
	_, _ = io.Copy(io.Discard, r.Body)
	if addr != keyOrigin {
		n.mu.Lock()
		_, _ = received.WriteTo(&n.foreign)
		n.mu.Unlock()
	}
	answer, silent := strings.CutSuffix(n.answer(addr, r), "{silence}")
	_, _ = io.WriteString(conn, answer)
	if silent {
		_, _ = io.Copy(io.Discard, conn)
	}
}
