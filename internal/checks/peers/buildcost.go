package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// buildCost is what it takes to build a user's program.
type buildCost struct {
	modules []string // beside the user's own
	size    int64
	wall    time.Duration // of a fresh build, 0 if there was none
	cpu     time.Duration // likewise
}

// buildCosts prints the table of what each client adds to the program of a user. The programs are
// packages of this module, so that they are checked with it; [modulesOf] tells what belongs to a
// user's own module there.
//
// A fresh build has all modules at hand and nothing compiled, not even the standard library.
func buildCosts(ctx context.Context, w io.Writer, server, tmp string, fresh bool) error {
	columns := []string{"a program with", "modules", "binary"}
	if fresh {
		columns = append(columns, "fresh build", "its CPU time")
	}
	heading(w, columns)
	base, err := cost(ctx, "base", server, tmp, fresh)
	if err != nil {
		return err
	}
	cells := []string{
		"net/http and encoding/json alone",
		strconv.Itoa(len(base.modules)),
		megabytes(float64(base.size)),
	}
	if fresh {
		cells = append(cells,
			fmt.Sprintf("%.1f s", base.wall.Seconds()),
			fmt.Sprintf("%.1f s", base.cpu.Seconds()))
	}
	line(w, cells)
	for _, p := range peers {
		if p.program == "" {
			continue
		}
		c, err := cost(ctx, p.program, server, tmp, fresh)
		if err != nil {
			return err
		}
		cells := []string{
			p.name,
			strconv.Itoa(len(c.modules)),
			fmt.Sprintf("%+.0f kB", float64(c.size-base.size)/1e3),
		}
		if fresh {
			cells = append(cells,
				fmt.Sprintf("%.2f", c.wall.Seconds()/base.wall.Seconds()),
				fmt.Sprintf("%.2f", c.cpu.Seconds()/base.cpu.Seconds()))
		}
		line(w, cells)
	}
	return nil
}

// cost builds a program and runs it, to be sure that it does what the others do.
func cost(ctx context.Context, program, server, tmp string, fresh bool) (buildCost, error) {
	fmt.Fprintln(os.Stderr, "build:", program)
	binary := filepath.Join(tmp, program)
	c, err := build(ctx, program, binary, tmp, fresh)
	if err != nil {
		return buildCost{}, fmt.Errorf("program %s: %w", program, err)
	}
	if err := runProgram(ctx, binary, server); err != nil {
		return buildCost{}, fmt.Errorf("program %s: %w", program, err)
	}
	return c, nil
}

func build(ctx context.Context, program, binary, tmp string, fresh bool) (buildCost, error) {
	modules, err := modulesOf(ctx, program)
	if err != nil {
		return buildCost{}, err
	}
	cache := filepath.Join(tmp, "cache")
	//nolint:gosec // a program of ours
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w",
		"-o", binary, "./programs/"+program)
	build.Env = append(os.Environ(), "CGO_ENABLED=0") // so that a C compiler makes no difference
	if fresh {
		build.Env = append(build.Env, "GOCACHE="+cache)
	}
	start := time.Now()
	if out, err := build.CombinedOutput(); err != nil {
		return buildCost{}, fmt.Errorf("%w\n%s", err, out)
	}
	wall := time.Since(start)
	if err := os.RemoveAll(cache); err != nil {
		return buildCost{}, err
	}
	info, err := os.Stat(binary)
	if err != nil {
		return buildCost{}, err
	}
	return buildCost{
		modules: modules,
		size:    info.Size(),
		wall:    wall,
		cpu:     build.ProcessState.UserTime() + build.ProcessState.SystemTime(),
	}, nil
}

func runProgram(ctx context.Context, binary, server string) error {
	//nolint:gosec // a binary that was built above
	program := exec.CommandContext(ctx, binary, server+"/100", apiKey, batchID.String())
	out, err := program.CombinedOutput()
	if want := "completed 100\n"; err != nil || string(out) != want {
		return fmt.Errorf("printed %q, error %w; want %q", out, err, want)
	}
	return nil
}

const clientModule = "github.com/sellerscenter/client-go"

// modulesOf lists the modules that are compiled into a program, beside the user's own: that is
// this nested module, and generated code, which a user of a plain generator has at home. This
// client's module counts with its wrapper.
func modulesOf(ctx context.Context, program string) ([]string, error) {
	const format = "{{with .Module}}{{.Path}}{{end}} {{.ImportPath}}"
	//nolint:gosec // a program of ours
	list := exec.CommandContext(ctx, "go", "list", "-deps", "-f", format, "./programs/"+program)
	list.Stderr = os.Stderr
	out, err := list.Output()
	if err != nil {
		return nil, err
	}
	var modules []string
	for line := range strings.Lines(string(out)) {
		module, pkg, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		own := module == clientModule+"/internal/checks/peers" || pkg == clientModule+"/generated"
		if module != "" && !own && !slices.Contains(modules, module) {
			modules = append(modules, module)
		}
	}
	return modules, nil
}
