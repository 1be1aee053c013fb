// Command licenses lists the modules that a program which imports package api links, with the
// licence of each, as the table of the README beside it. It fails for a licence that is not on its list.
package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/google/licensecheck"
)

// accepted are the licences that ask for nothing but to be named.
var accepted = []string{"Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "MIT"}

func main() {
	log.SetFlags(0)
	rows, err := table(context.Background(), "../../..")
	if err != nil {
		log.Fatal("licenses: ", err)
	}
	fmt.Print(rows)
}

// table returns a row for each module that the module at root links into a user's program beside
// itself.
func table(ctx context.Context, root string) (string, error) {
	list := exec.CommandContext(ctx, "go", "list", "-deps", "-f",
		"{{with .Module}}{{if not .Main}}{{.Path}}\t{{.Version}}\t{{.Dir}}{{end}}{{end}}", "./api")
	list.Dir = root
	list.Stderr = os.Stderr
	out, err := list.Output()
	if err != nil {
		return "", fmt.Errorf("go list: %w", err)
	}
	rows := []string{}
	lines := bufio.NewScanner(bytes.NewReader(out))
	for lines.Scan() {
		fields := strings.Split(lines.Text(), "\t")
		if len(fields) != 3 {
			continue
		}
		id, err := licence(fields[2])
		if err != nil {
			return "", fmt.Errorf("%s: %w", fields[0], err)
		}
		rows = append(rows, fmt.Sprintf("| %s | %s | %s |\n", fields[0], fields[1], id))
	}
	slices.Sort(rows)
	const header = "| module | version | licence |\n| --- | --- | --- |\n"
	return header + strings.Join(slices.Compact(rows), ""), lines.Err()
}

// licence returns the SPDX identifier of the one licence in a module's root, which must be on the
// list.
func licence(dir string) (string, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		return "", err
	}
	var found []string
	for _, file := range files {
		name, _, _ := strings.Cut(strings.ToUpper(filepath.Base(file)), ".")
		if name != "LICENSE" && name != "LICENCE" && name != "COPYING" {
			continue
		}
		text, err := os.ReadFile(file) //nolint:gosec // of a module that is linked
		if err != nil {
			return "", err
		}
		coverage := licensecheck.Scan(text)
		if coverage.Percent < 75 {
			return "", fmt.Errorf("only %.0f %% of %s is known licence text",
				coverage.Percent, filepath.Base(file))
		}
		for _, match := range coverage.Match {
			found = append(found, match.ID)
		}
	}
	slices.Sort(found)
	found = slices.Compact(found)
	if len(found) != 1 || !slices.Contains(accepted, found[0]) {
		return "", fmt.Errorf("licences %q, want one of %q", found, accepted)
	}
	return found[0], nil
}
