# The module's chores. Go and make are all that demo, test and generate need; check needs git too, and installs redis-server by apt-get.

MODULES := $(filter-out internal/tools/lint,$(patsubst %/go.mod,%,$(wildcard api/*/go.mod internal/*/go.mod internal/*/*/go.mod)))
LINT     = go tool -modfile=$(CURDIR)/internal/tools/lint/go.mod golangci-lint run

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' Makefile

.PHONY: demo
demo: ## Wait for batches of an embedded fake server and print their results
	@echo "Building the demo ..."
	@dir=$$(mktemp -d) && trap : INT && go build -o $$dir/demo ./internal/demo && $$dir/demo; \
	status=$$?; rm -rf $$dir; exit $$status # go run would make an interrupt a failure

.PHONY: test
test: ## Run the tests
	go test ./...

.PHONY: generate
generate: ## Write generated/, api/batches.gen.go and the table of the README anew from openapi.yaml
	go generate ./...

SPECGEN = go -C internal/tools/codegen run ./specgen

.PHONY: spec
spec: ## Merge upstream's pages into openapi.yaml: make spec PAGES="PAGE.md https://... ..." [REPLACE=1]
	@$(SPECGEN) import -C "$(CURDIR)" $(if $(REPLACE),-replace) $(PAGES)

.PHONY: spec-update
spec-update: ## Fetch the pages that operations came from again, and fail if anything changed
	@before=$$(cksum < openapi.yaml); \
	report=$$($(SPECGEN) update -C "$(CURDIR)") || exit 2; \
	echo "$$report"; \
	case $$report in *"is no longer on"*) echo "Operations are gone from their pages." >&2; exit 1;; esac; \
	[ "$$before" != "$$(cksum < openapi.yaml)" ] || { echo "Nothing changed."; exit 0; }; \
	$(MAKE) --no-print-directory spec-diff || exit 2; \
	echo "openapi.yaml has changed." >&2; exit 1

.PHONY: spec-diff
spec-diff: generate ## Tell what changed for callers since the last commit: make spec-diff [BASE=v1.2.3]
	@go -C internal/tools run ./specdiff -C "$(CURDIR)" -base "$(or $(BASE),HEAD)"

.PHONY: lint
lint: ## Run gofmt, go vet and the linters over every module
	@unformatted=$$(gofmt -l .); test -z "$$unformatted" || { echo "run gofmt -w on: $$unformatted"; exit 1; }
	go vet ./...
	$(LINT) ./...
	for m in $(MODULES); do (cd $$m && go vet ./... && $(LINT) ./...) || exit 1; done

.PHONY: check
check: ## Run all that CI runs, the tests included
	@.ci/run

FUZZTIME ?= 1m
FUZZ      = -run '^$$' -fuzztime $(FUZZTIME) -fuzzminimizetime 10x

.PHONY: fuzz fuzz-client
fuzz: fuzz-client ## Fuzz each target for a minute: make fuzz [FUZZTIME=10m]
	go -C internal/tools test $(FUZZ) -fuzz '^FuzzImport$$' ./codegen/specgen

fuzz-client: # what reads what a server or the spec says
	go test $(FUZZ) -fuzz '^FuzzResponse$$' ./api
	go test $(FUZZ) -fuzz '^FuzzErrorBody$$' ./api
	go test $(FUZZ) -fuzz '^FuzzRetryAfter$$' ./internal/retry
	go test $(FUZZ) -fuzz '^FuzzParseCount$$' ./internal/operation
	go -C internal/tools test $(FUZZ) -fuzz '^FuzzRateLimitSentence$$' ./codegen/specgen
	go -C internal/tools test $(FUZZ) -fuzz '^FuzzRateLimitIsRead$$' ./codegen/specgen

.PHONY: soak
soak: ## Run the client through faults at length: make soak [SOAK_CALLS=1000000]
	FAULTS_CALLS=$(or $(FAULTS_CALLS),100) SOAK_CALLS=$(or $(SOAK_CALLS),200000) go -C internal/checks test -count 1 -timeout 30m -v ./faults

ROUNDS    ?= 40
BENCHTIME ?= 50ms
BENCH     ?= .

.PHONY: bench
bench: ## Compare a call with other clients' by benchstat: make bench [BENCH=/loopback] [ROUNDS=40]
	@cd internal/checks && dir=$$(mktemp -d) && \
	trap 'rm -rf $$dir peers/ogenclient/*_gen.go' EXIT && trap 'exit 1' INT TERM && \
	go generate ./peers/ogenclient && go test -tags ogen -c -o $$dir/peers ./peers && \
	for round in $$(seq $(ROUNDS)); do $$dir/peers -test.run '^$$' -test.bench '$(BENCH)' \
		-test.benchtime $(BENCHTIME) >>$$dir/results || { cat $$dir/results; exit 1; }; done && \
	go tool benchstat -col /client $$dir/results

.PHONY: bench-wait
bench-wait: ## Simulate waiting for batches beside what a user would write instead, and print a table
	@WAITSIM_TABLE=1 go -C internal/checks test -count 1 -timeout 30m -v -run TestWaitTable ./waitsim

.PHONY: bench-shared
bench-shared: ## Simulate clients with one key that count alone and together, and print a table
	@WAITSIM_TABLE=1 go -C internal/checks test -count 1 -timeout 30m -v -run TestSharedLimitTable ./waitsim
