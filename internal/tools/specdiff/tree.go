package main

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"strings"
)

func git(ctx context.Context, dir string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, "git", args...) //nolint:gosec // a commit is behind --end-of-options
	cmd.Dir = dir
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("git %s: %w: %s", args[0], err, bytes.TrimSpace(stderr.Bytes()))
	}
	return out, nil
}

// shortID returns the abbreviated id of a commit.
func shortID(ctx context.Context, root, commit string) (string, error) {
	id, err := git(ctx, root, "rev-parse", "--short", "--verify", "--end-of-options", commit+"^{commit}")
	if err != nil {
		return "", fmt.Errorf("%s is no commit: %w", commit, err)
	}
	return strings.TrimSpace(string(id)), nil
}

// lastTag returns the tag of the last version up to a commit, "" where nothing is released yet.
func lastTag(ctx context.Context, root, commit string) string {
	tag, err := git(ctx, root, "describe", "--tags", "--abbrev=0", "--match", "v[0-9]*", commit)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(tag))
}

// checkout writes the files of a commit to a directory.
func checkout(ctx context.Context, root, commit, dir string) error {
	archive, err := git(ctx, root, "archive", "--format=tar", commit)
	if err != nil {
		return err
	}
	into, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer into.Close()
	for r := tar.NewReader(bytes.NewReader(archive)); ; {
		header, err := r.Next()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		case header.Typeflag != tar.TypeReg:
			continue
		}
		if err := into.MkdirAll(path.Dir(header.Name), 0o750); err != nil {
			return err
		}
		content, err := io.ReadAll(r)
		if err != nil {
			return err
		}
		if err := into.WriteFile(header.Name, content, 0o600); err != nil {
			return err
		}
	}
}
