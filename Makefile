# The module's chores. Go and make are all that demo, test and generate need; check needs npm and git too.

MODULES := internal/codegen internal/prism
LINT     = go tool -modfile=$(CURDIR)/internal/lint/go.mod golangci-lint run

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' Makefile

.PHONY: demo
demo: ## Fetch a batch's results from an embedded fake server
	@go run ./internal/demo

.PHONY: test
test: ## Run the tests
	go test ./...

.PHONY: generate
generate: ## Regenerate generated/ from openapi.yaml
	go generate ./...

.PHONY: lint
lint: ## Run gofmt, go vet and the linters over every module
	@test -z "$$(gofmt -l . | tee /dev/stderr)"
	go vet ./...
	$(LINT) ./...
	for m in $(MODULES); do (cd $$m && go vet ./... && $(LINT) ./...) || exit 1; done

.PHONY: check
check: lint ## Run all that CI runs beside the tests
	.ci/drift
	.ci/platforms
	.ci/nested
	.ci/user-module
	.ci/rename
	go test -race ./...

.PHONY: bench
bench: ## Measure a call beside the plain generated client's
	go test -run '^$$' -bench . -benchmem -count 5 ./api

.PHONY: rename
rename: ## Give the module another path: make rename MODULE=example.com/team/sellers
	@go -C internal/codegen run ./rename -root ../.. "$(MODULE)"
