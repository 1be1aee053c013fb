package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// buildAndVet reports why the module would not build, or its generated package not vet, with files
// in the place of its own. It writes none of them there.
func buildAndVet(ctx context.Context, root string, files []outputFile) error {
	dir, err := os.MkdirTemp("", "specgen")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	replace := map[string]string{}
	for _, file := range files {
		path, err := filepath.Abs(file.path)
		if err != nil {
			return err
		}
		replace[path] = filepath.Join(dir, filepath.Base(path))
		if err := (outputFile{replace[path], file.content}).write(); err != nil {
			return err
		}
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return err
	}
	list := outputFile{filepath.Join(dir, "overlay.json"), overlay}
	if err := list.write(); err != nil {
		return err
	}
	// go vet runs in the directory, even if it has no file yet.
	if err := os.MkdirAll(filepath.Join(root, "generated"), 0o755); err != nil {
		return err
	}
	for _, args := range [][]string{{"vet", "./generated"}, {"build", "./api/..."}} {
		command := exec.CommandContext(ctx, "go", args[0], "-overlay", list.path, args[1])
		command.Dir = root
		out, err := command.CombinedOutput()
		if err != nil {
			out = bytes.ReplaceAll(out, []byte(dir+string(filepath.Separator)), nil)
			return fmt.Errorf("%w\n%s", err, out)
		}
	}
	return nil
}

// goError matches what the go command, or the compiler, says about a line of a file.
var goError = regexp.MustCompile(`(?m)^(?:vet: )?(.+\.go):(\d+):\d+: (.*)$`)

// refused returns the error about a document that does not generate: the words of the generator or
// the compiler, at the place in the document that they, or the client where they are about it, name.
func (d *document) refused(ops []operation, client []byte, what string, err error) error {
	words := strings.TrimSpace(err.Error())
	place := words
	found := goError.FindStringSubmatch(words)
	if found != nil {
		words = found[3]
		place = words + declarationAt(client, found)
	}
	return d.errorf(d.mentioned(ops, place), "%s: %s", what, words)
}

// declarationAt returns the line of the client that an error of the go command is about, and before
// it the first line of the declaration that it is in.
func declarationAt(client []byte, found []string) string {
	number, err := strconv.Atoi(found[2])
	lines := strings.SplitAfter(string(client), "\n")
	if err != nil || number > len(lines) || filepath.Base(found[1]) != "client.gen.go" {
		return ""
	}
	before := strings.Join(lines[:number], "")
	begins := max(strings.LastIndex(before, "\nfunc "), strings.LastIndex(before, "\ntype "), 0)
	first, _, _ := strings.Cut(before[begins+1:], "\n")
	return first + "\n" + lines[number-1]
}

// mentioned returns where the operation or component stands that a text names, the one with the
// longest name if there are several. It is the top of the document if there is none.
func (d *document) mentioned(ops []operation, text string) *yaml.Node {
	found := d.top()
	longest := 0
	look := func(node *yaml.Node, names ...string) {
		for _, name := range names {
			isWord := regexp.MustCompile(regexp.QuoteMeta(name) + `(?:[^a-z]|$)`) // Get in NewGetRequest
			if len(name) > longest && isWord.MatchString(text) {
				longest = len(name)
				found = node
			}
		}
	}
	for _, op := range ops {
		look(op.method, op.Name, op.Path)
	}
	for _, components := range pairs(get(d.root, "components")) {
		for key := range pairs(components) {
			look(key, key.Value, goName(key.Value), firstFree(schemaCandidates(key.Value), map[string]bool{}))
		}
	}
	return found
}
