package api

import (
	"context"
	"net/http"
	"path"
	"reflect"
	"regexp"
	"runtime"
	"runtime/debug"
	"strings"
)

// identifier is the first request editor of every call: it says who calls what, before editors of the caller's own can
// change the request.
type identifier struct {
	routes    *routes
	userAgent string
}

func (i *identifier) edit(ctx context.Context, req *http.Request) error {
	op, err := i.routes.match(req)
	if err != nil {
		return err
	}
	*req = *req.WithContext(withOperation(ctx, op))
	req.Header.Set("User-Agent", i.userAgent)
	if req.Header.Get("Accept") == "" {
		req.Header.Set("Accept", "application/json")
	}
	return nil
}

// majorVersion is the last element of a module path from version 2 on.
var majorVersion = regexp.MustCompile(`^v[0-9]+$`)

// defaultUserAgent names the module and its version from the build info, like
// "client-go/v1.2.3 (example.com/client-go; go1.26.0)".
func defaultUserAgent() string {
	module := strings.TrimSuffix(reflect.TypeFor[Client]().PkgPath(), "/api")
	product := path.Base(module)
	if majorVersion.MatchString(product) {
		product = path.Base(path.Dir(module))
	}
	return product + "/" + moduleVersion(module) + " (" + module + "; " + runtime.Version() + ")"
}

// moduleVersion returns the version of a module in this program, "devel" where the build does not know it: in the
// module's own tests, or replaced by a directory.
func moduleVersion(module string) string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "devel"
	}
	for _, m := range append(info.Deps, &info.Main) {
		if m.Path != module {
			continue
		}
		if m.Replace != nil {
			m = m.Replace
		}
		if m.Version != "" && m.Version != "(devel)" {
			return m.Version
		}
	}
	return "devel"
}
