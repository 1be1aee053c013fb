package growth

import (
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// servePage serves a page whose text, a string, can be replaced, and returns its URL.
func servePage(t *testing.T, text string) (page *atomic.Value, url string) {
	t.Helper()
	page = new(atomic.Value)
	page.Store(text)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/markdown; charset=utf-8")
		_, _ = w.Write([]byte(page.Load().(string)))
	}))
	t.Cleanup(server.Close)
	return page, server.URL + "/labels.md"
}

// TestSpecFollowsItsPages imports a page by its URL, and then looks whether it has changed, as a
// scheduled job does.
func TestSpecFollowsItsPages(t *testing.T) {
	tree := copyTree(t, moduleRoot(t))
	labels := read(t, ".", "testdata/labels.md")
	page, url := servePage(t, labels)

	start := time.Now()
	command(t, tree, "make", "spec", "PAGES="+url)
	command(t, tree, "go", "generate", "./...")
	command(t, tree, "go", "build", "./...")
	t.Logf("from the page's URL to a green build: %v", time.Since(start).Round(100*time.Millisecond))
	for file, want := range map[string]string{
		"api/batches.gen.go":      "func (c *Client) WaitLabelBatch(",
		"generated/client.gen.go": "LabelStatus ",
		"README.md": "| `GET /api/v1/results/labels` | `GetLabelBatchResultsWithResponse` | " +
			"`WaitLabelBatch`, `WaitLabelBatches` |  | 100 |\n",
		"openapi.yaml": "      x-source: " + url + "\n",
	} {
		if !strings.Contains(read(t, tree, file), want) {
			t.Errorf("%s has no %q", file, want)
		}
	}

	commitAll(t, tree)
	if out := command(t, tree, "make", "spec-update"); !strings.Contains(out, "Nothing changed.") {
		t.Errorf("an update without a change printed\n%s", out)
	}
	command(t, tree, "git", "diff", "--exit-code")

	update := func(text string, want ...string) {
		page.Store(text)
		out, err := runIn(t, tree, "make", "spec-update")
		if err == nil {
			t.Errorf("an update with a change succeeds:\n%s", out)
		}
		for _, want := range want {
			if !strings.Contains(out, want) {
				t.Errorf("the update printed no %q:\n%s", want, out)
			}
		}
	}
	update(strings.NewReplacer("100 requests", "50 requests", `"type":"object"}}}}`,
		`"type":"object"}},"createdAt":{"type":"string","format":"date-time"}}}`,
		"The batch", "The id").Replace(labels),
		"~ components schemas LabelResultsResponseSchema, at properties.createdAt",
		"~ GET /api/v1/results/labels, at rate limit",
		"added the optional property `createdAt`",
		"RateLimit was 100 and is 50",
		"Next version: minor",
		"openapi.yaml has changed.",
	)
	client := strings.Join(strings.Fields(read(t, tree, "generated/client.gen.go")), " ")
	if !strings.Contains(client, "CreatedAt *time.Time") {
		t.Error("the new field is not generated")
	}
	update(strings.Replace(labels, `"/api/v1/results/labels":`, `"/api/v1/results/tags":`, 1),
		"GET /api/v1/results/labels is no longer on "+url)
}

// commitAll makes a repository of a tree, with a commit to compare with.
func commitAll(t *testing.T, tree string) {
	t.Helper()
	command(t, tree, "git", "init", "--quiet")
	command(t, tree, "git", "add", "--all")
	command(t, tree, "git", "-c", "user.name=a", "-c", "user.email=a@example.com",
		"commit", "--quiet", "-m", "before")
}

// runIn runs a command that may fail.
func runIn(t *testing.T, dir, name string, args ...string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	return string(out), err
}
