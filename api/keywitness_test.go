package api_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	crand "crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"html"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sellerscenter/client-go/api"
	"github.com/sellerscenter/client-go/generated"
)

// keyMark is a piece of text by which a key shows.
type keyMark struct {
	form string
	text []byte // in lower case, since names of headers change case
}

// keyMarks returns the marks of keys. These are their parts, by which one shows that is cut short or escaped in whatever way, and the
// forms that change every byte but that anybody can undo.
func keyMarks(keys ...string) []keyMark {
	var marks []keyMark
	add := func(form, text string) { marks = append(marks, keyMark{form, bytes.ToLower([]byte(text))}) }
	for _, key := range keys {
		const part = 10
		add("key", key)
		add("key, as in a URL,", url.QueryEscape(key))
		add("key, as in Go,", strings.Trim(strconv.Quote(key), `"`))
		for i := 0; i+part <= len(key); i += part / 2 {
			add("part of the key", key[i:i+part])
		}
		middle := key[len(key)/2-8 : len(key)/2+8]
		var numbers, hexNumbers []string
		for _, b := range []byte(middle) {
			numbers, hexNumbers = append(numbers, strconv.Itoa(int(b))), append(hexNumbers, fmt.Sprintf("%#x", b))
		}
		add("key in bytes", strings.Join(numbers, " "))
		add("key in bytes of JSON", strings.Join(numbers, ","))
		add("key in bytes of Go", strings.Join(hexNumbers, ", "))
		add("key in hex", hex.EncodeToString([]byte(middle)))
		for before := range 3 { // base64 depends on how many bytes go before
			for _, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
				encoded := encoding.EncodeToString(append(make([]byte, before), middle...))
				add("key in base64", encoded[4:len(encoded)-2])
			}
		}
	}
	return marks
}

// keyWords returns the marks of a key in the arguments that a stack trace has.
func keyWords(key string) []keyMark {
	var marks []keyMark
	for i := range len(key) - 7 {
		marks = append(marks, keyMark{"word of the key", strconv.AppendUint(nil, binary.LittleEndian.Uint64([]byte(key[i:])), 16)})
	}
	return marks
}

// keyRecord has the names of what was met so far: exported types of package api, their fields that were not zero and their methods,
// sentinels that an error matched, functions, operations, log records.
type keyRecord struct {
	mu   sync.Mutex
	seen map[string]bool
}

func (r *keyRecord) add(name string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.seen[name] = true
}

// keyWitness fails the test if a key shows in what it is given to see.
type keyWitness struct {
	testing.TB

	marks  []keyMark
	record *keyRecord
}

func (w *keyWitness) seeText(what, text string) {
	w.Helper()
	lower := bytes.ToLower([]byte(text))
	for _, m := range w.marks {
		if i := bytes.Index(lower, m.text); i >= 0 {
			w.Errorf("%s: the %s shows: …%.200q", what, m.form, lower[max(i-80, 0):])
			return
		}
	}
}

// seeInFlight prints a value in each way of the standard library.
func (w *keyWitness) seeInFlight(what string, v any) {
	w.Helper()
	var text strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q"} {
		fmt.Fprintf(&text, verb+"\n", v)
	}
	encoded, err := json.Marshal(v)
	fmt.Fprintln(&text, string(encoded), err)
	text.WriteString(logged(func(h slog.Handler) { slog.New(h).Info("", slog.Any("value", v)) }))
	w.seeText(fmt.Sprintf("%s, a %T", what, v), text.String())
}

// see prints a value, all that it leads to, the errors that it wraps, and the results of their methods. Nothing uses the value any more.
func (w *keyWitness) see(what string, v any) {
	w.Helper()
	w.seeInFlight(what, v)
	d := keyDumper{record: w.record, visited: map[any]bool{}}
	d.dump(reflect.ValueOf(v))
	w.seeText(fmt.Sprintf("%s, a %T with all that it leads to", what, v), d.String())

	err, isError := v.(error)
	if !isError {
		return
	}
	for name, sentinel := range keySentinels {
		if errors.Is(err, sentinel) {
			w.record.add(name)
		}
	}
	var causes []error
	switch err := v.(type) {
	case interface{ Unwrap() error }:
		causes = append(causes, err.Unwrap())
	case interface{ Unwrap() []error }:
		causes = err.Unwrap()
	}
	for _, cause := range causes {
		w.see("cause of the "+what, cause)
	}
	if typ := reflect.TypeOf(v); isOurs(typ) {
		for i := range typ.NumMethod() {
			arguments, results := callMethod(w, reflect.ValueOf(v), i)
			w.seeInFlight(what+"'s method "+typ.Method(i).Name, append(arguments, results...))
			w.record.add(strings.TrimPrefix(typ.String(), "*api.") + "." + typ.Method(i).Name)
		}
	}
}

// callMethod calls a method with arguments of the types that it takes, and returns those and the results, of an iterator what it
// yields.
func callMethod(t testing.TB, v reflect.Value, i int) (arguments, results []any) {
	t.Helper()
	method := v.Method(i)
	var in []reflect.Value
	for j := range method.Type().NumIn() {
		if method.Type().IsVariadic() && j == method.Type().NumIn()-1 {
			break
		}
		in = append(in, argument(t, method.Type().In(j)))
		arguments = append(arguments, in[j].Interface())
	}
	for _, out := range method.Call(in) {
		if out.Kind() != reflect.Func || !out.Type().CanSeq2() {
			results = append(results, out.Interface())
			continue
		}
		for a, b := range out.Seq2() {
			results = append(results, a.Interface(), b.Interface())
		}
	}
	return arguments, results
}

// argument returns a value of a type that a method takes.
func argument(t testing.TB, typ reflect.Type) reflect.Value {
	t.Helper()
	for _, known := range []any{t.Context(), strings.NewReader("{}"), api.ErrServer, batchID, new(any)} {
		if reflect.TypeOf(known).AssignableTo(typ) {
			return reflect.ValueOf(known)
		}
	}
	switch typ.Kind() {
	case reflect.Pointer:
		return reflect.New(typ.Elem())
	case reflect.String:
		return reflect.ValueOf("4711").Convert(typ)
	case reflect.Slice:
		return reflect.Append(reflect.Zero(typ), argument(t, typ.Elem()))
	case reflect.Interface, reflect.Func, reflect.Chan:
		t.Fatalf("no argument of type %v is known: add one", typ)
	default:
	}
	return reflect.Zero(typ)
}

// logged returns what f logs, as text and as JSON.
func logged(f func(slog.Handler)) string {
	var b bytes.Buffer
	options := &slog.HandlerOptions{Level: slog.LevelDebug, AddSource: true}
	f(slog.NewTextHandler(&b, options))
	f(slog.NewJSONHandler(&b, options))
	return b.String()
}

// keyLog is a log handler that shows each record.
type keyLog struct{ w *keyWitness }

func (l keyLog) Enabled(context.Context, slog.Level) bool { return true }
func (l keyLog) WithAttrs([]slog.Attr) slog.Handler       { return l }
func (l keyLog) WithGroup(string) slog.Handler            { return l }

func (l keyLog) Handle(ctx context.Context, r slog.Record) error {
	l.w.seeText("context of a record", fmt.Sprint(ctx))
	l.w.seeText("record", logged(func(h slog.Handler) { _ = h.Handle(ctx, r) }))
	l.w.record.add(r.Message)
	return nil
}

// isOurs reports whether a type is one of package api, or a pointer to one.
func isOurs(t reflect.Type) bool {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return t.PkgPath() == reflect.TypeFor[api.Client]().PkgPath()
}

// keyDumper prints a value with everything that it leads to, by pointers and by fields that are not exported, as the diffs of test
// libraries do. It stops at the transport, whose buffers have the last request.
type keyDumper struct {
	strings.Builder

	record  *keyRecord
	visited map[any]bool
}

func (d *keyDumper) dump(v reflect.Value) {
	if !v.IsValid() {
		return
	}
	typ := v.Type()
	if isOurs(typ) && typ.Kind() != reflect.Pointer {
		d.record.add(typ.Name())
	}
	switch typ.Kind() {
	case reflect.Pointer:
		at := [2]any{v.Pointer(), typ}
		if v.IsNil() || d.visited[at] || typ == reflect.TypeFor[*http.Transport]() || typ == reflect.TypeFor[*keyWitness]() {
			return
		}
		d.visited[at] = true
		d.dump(v.Elem())
	case reflect.Interface:
		d.dump(v.Elem())
	case reflect.Struct:
		if strings.HasPrefix(typ.PkgPath(), "crypto/") {
			return // big tables of numbers
		}
		for i := range typ.NumField() {
			field := typ.Field(i)
			if isOurs(typ) && field.IsExported() && !v.Field(i).IsZero() {
				d.record.add(typ.Name() + "." + field.Name)
			}
			d.dump(v.Field(i))
		}
	case reflect.Map:
		for entries := v.MapRange(); entries.Next(); {
			d.dump(entries.Key())
			d.dump(entries.Value())
		}
	case reflect.Slice, reflect.Array:
		if typ.Kind() == reflect.Slice && typ.Elem().Kind() == reflect.Uint8 {
			d.Write(v.Bytes())
			d.WriteByte('\n')
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

// keyNetwork is a network in memory that keeps every byte which any of its servers receives, and those within TLS as well.
type keyNetwork struct {
	dialError error
	// answer returns a raw answer to a request at an address, after which the connection ends; after {silence}, when the client
	// ends it.
	answer func(addr string, r *http.Request) string

	mu       sync.Mutex
	received map[string]*bytes.Buffer // by address; what was within TLS by address and "decrypted"
	serving  sync.WaitGroup
}

// transport returns one of net/http that reaches the network.
func (n *keyNetwork) transport() *http.Transport {
	roots := x509.NewCertPool()
	roots.AddCert(keyCertificate().Leaf)
	return &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{RootCAs: roots, CurvePreferences: []tls.CurveID{tls.X25519}}, DialContext: func(_ context.Context, _, addr string) (net.Conn, error) {
		if n.dialError != nil {
			return nil, n.dialError
		}
		return n.connect(addr), nil
	}}
}

func (n *keyNetwork) connect(addr string) net.Conn {
	client, server := net.Pipe()
	n.serving.Go(func() { n.serve(addr, server) })
	return client
}

func (n *keyNetwork) serve(addr string, conn net.Conn) {
	conn = n.recorded(addr, conn)
	defer conn.Close()
	if strings.HasSuffix(addr, "443") {
		secure := tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{keyCertificate()}})
		defer secure.Close()
		conn = n.recorded(addr+" decrypted", secure)
	}
	r, err := http.ReadRequest(bufio.NewReader(conn))
	if err != nil {
		return
	}
	_, _ = io.Copy(io.Discard, r.Body)
	answer, silent := strings.CutSuffix(n.answer(addr, r), "{silence}")
	_, _ = io.WriteString(conn, answer)
	if silent {
		_, _ = io.Copy(io.Discard, conn)
	}
	if r.Method == http.MethodConnect && strings.HasPrefix(answer, "HTTP/1.1 200") {
		far := n.connect(r.Host)
		defer far.Close()
		n.serving.Go(func() {
			_, _ = io.Copy(far, conn)
			_ = far.Close()
		})
		_, _ = io.Copy(conn, far)
	}
}

// recordedConn keeps what is read from a connection.
type recordedConn struct {
	net.Conn

	network  *keyNetwork
	received *bytes.Buffer
}

func (n *keyNetwork) recorded(name string, conn net.Conn) net.Conn {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.received == nil {
		n.received = map[string]*bytes.Buffer{}
	}
	if n.received[name] == nil {
		n.received[name] = new(bytes.Buffer)
	}
	return &recordedConn{conn, n, n.received[name]}
}

func (c *recordedConn) Read(b []byte) (int, error) {
	read, err := c.Conn.Read(b)
	c.network.mu.Lock()
	defer c.network.mu.Unlock()
	c.received.Write(b[:read])
	return read, err
}

// keyCertificate is that of every server of a keyNetwork. The clock of a bubble begins in 2000.
var keyCertificate = sync.OnceValue(func() tls.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), crand.Reader)
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1<<32, 0), IsCA: true, BasicConstraintsValid: true,
		DNSNames: []string{"sellers.example.com", "*.sellers.example.com", "evil.example", "sellers.example.com.evil.example", "proxy.example"},
	}
	der, err := x509.CreateCertificate(crand.Reader, template, template, key.Public(), key)
	if err != nil {
		panic(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		panic(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
})

// keyListener is a socket that keeps every byte, and gives each connection the same answer.
type keyListener struct {
	net.Listener

	mu       sync.Mutex
	received strings.Builder
}

func newKeyListener(t *testing.T, answer string) *keyListener {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := &keyListener{Listener: listener}
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			serving.Go(func() {
				defer conn.Close()
				b := make([]byte, 64<<10)
				n, _ := conn.Read(b)
				l.mu.Lock()
				l.received.Write(b[:n])
				l.mu.Unlock()
				_, _ = io.WriteString(conn, answer)
			})
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		serving.Wait()
	})
	return l
}

// bytes returns what it received.
func (l *keyListener) bytes() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.received.String()
}

// echo fills the places of an answer in which the server repeats the key that it got, or the first one, each in the way in which such
// servers write it.
func echo(answer, key, first string) string {
	inJSON, _ := json.Marshal(key) // a string: it does not fail
	quoted := strings.Trim(string(inJSON), `"`)
	var dotnet strings.Builder
	for _, b := range []byte(key) {
		if strings.IndexByte("\"&'+<>/=`", b) >= 0 {
			fmt.Fprintf(&dotnet, `\u%04X`, b)
		} else {
			dotnet.WriteString(strings.ReplaceAll(string(b), `\`, `\\`))
		}
	}
	return strings.NewReplacer(
		"{key}", key, "{first}", first, "{json}", quoted, "{php}", strings.ReplaceAll(quoted, "/", `\/`), "{dotnet}", dotnet.String(),
		"{html}", strings.ReplaceAll(html.EscapeString(key), "+", "&#43;"), "{query}", url.QueryEscape(key), "{path}", url.PathEscape(key),
	).Replace(answer)
}

// declared returns an answer that the spec declares as a success.
func declared(op *generated.Operation) string {
	if op.Name == "GetShipOrderBatchResults" {
		return aCompleted
	}
	status, contentType, body := "200", "", ""
	if len(op.Success) > 0 {
		if _, err := strconv.Atoi(op.Success[0].Status); err == nil {
			status = op.Success[0].Status
		}
		if types := op.Success[0].ContentTypes; len(types) > 0 {
			contentType = "\r\nContent-Type: " + strings.ReplaceAll(types[0], "*", "plain")
			body = strings.Repeat(" ", 100) + "null" // JSON of any type, and too long to be looked into
		}
	}
	return "HTTP/1.1 " + status + " OK" + contentType + "\r\n\r\n" + body
}

// exported returns the exported identifiers of the package in this directory, fields and methods as Type.Name.
func exported(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	add := func(idents ...*ast.Ident) {
		name := ""
		for _, ident := range idents {
			if !ident.IsExported() {
				return
			}
			name += "." + ident.Name
		}
		names = append(names, name[1:])
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(node ast.Node) bool {
			switch node := node.(type) {
			case *ast.FuncDecl:
				if node.Recv == nil {
					add(node.Name)
				} else if pointer, is := node.Recv.List[0].Type.(*ast.StarExpr); is {
					add(pointer.X.(*ast.Ident), node.Name)
				} else {
					add(node.Recv.List[0].Type.(*ast.Ident), node.Name)
				}
				return false
			case *ast.ValueSpec:
				for _, name := range node.Names {
					add(name)
				}
			case *ast.TypeSpec:
				add(node.Name)
				if typ, is := node.Type.(*ast.StructType); is {
					for _, field := range typ.Fields.List {
						for _, name := range field.Names {
							add(node.Name, name)
						}
					}
				}
			}
			return true
		})
	}
	if len(names) < len(keySentinels)+len(keyOptions) {
		t.Fatalf("no package is here, with %q", names)
	}
	return names
}
