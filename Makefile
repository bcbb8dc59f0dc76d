# heyan: `make test` passes all tests, `make lint` the linters, `make build` the binary.
GO     ?= go
BIN    := bin/heyan
FUZZTIME ?= 100x

# SQLite, translated from C, has no races of ours and takes thrice as long when watched.
RACE := -race -gcflags=modernc.org/...=-race=false -vet=off

# Nobody runs what is built for another system here.
UNOPTIMISED := -trimpath -gcflags='all=-N -l'

# Whatever is built without the race detector is built alike (no cgo, -trimpath), so
# that each package is compiled once.
export GOFLAGS ?= -buildvcs=false
export PATH := $(CURDIR)/.cache/bin:$(PATH)

.PHONY: build reader test race test-minio chaos fuzz cross lint generate fixtures bench vuln clean

build: reader ## one static binary
	CGO_ENABLED=0 $(GO) build -tags reader -trimpath -ldflags "-s -w" -o $(BIN) ./cmd/heyan

reader: ## the child that reads packages, which heyan holds (internal/sandbox)
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags "-s -w" -o internal/sandbox/heyan-reader ./cmd/heyan-reader

test: ## everything that must pass: tests under the race detector, a fuzz smoke run, builds for all systems
	scripts/deps.sh test
	$(MAKE) build
	$(MAKE) race
	$(MAKE) fuzz
	$(MAKE) cross

race: ## lint vets; -p 4: some tests wait
	CGO_ENABLED=1 $(GO) test $(RACE) -p 4 -timeout 10m ./...
	CGO_ENABLED=0 $(GO) test -trimpath ./internal/sandbox # the child's memory limit holds without the race detector only

test-minio: ## the S3 store on MinIO as well, which takes some minutes to build
	HEYAN_TEST_MINIO=$$(scripts/minio.sh) $(GO) test -run TestMinIO ./storage/blob/s3

chaos: ## 2,000 submissions while everything is killed and restarted, on one machine and distributed
	$(GO) run ./scripts/chaos -mode embedded -n 2000
	$(GO) run ./scripts/chaos -mode distributed -n 2000

fuzz: ## each fuzz target for FUZZTIME: a number of runs (100x), as race has built it, or a time (10m), guided by coverage
	RACE="$(RACE)" scripts/fuzz.sh $(FUZZTIME)

cross: ## builds without cgo, also for the other systems
	CGO_ENABLED=0 $(GO) build -trimpath -o /dev/null ./cmd/heyan
	CGO_ENABLED=0 GOOS=windows GOARCH=amd64 $(GO) build $(UNOPTIMISED) -o /dev/null ./cmd/heyan
	CGO_ENABLED=0 GOOS=darwin GOARCH=arm64 $(GO) build $(UNOPTIMISED) -o /dev/null ./cmd/heyan

lint: ## gofmt, golangci-lint (go vet, layers, errors, style)
	scripts/deps.sh lint
	test -z "$$(gofmt -l $$(git ls-files '*.go'))"
	CGO_ENABLED=0 GOFLAGS="$(GOFLAGS) -trimpath" golangci-lint run ./...

generate: ## compile the catalogues and the checks' words into Go tables
	$(GO) generate ./...

fixtures: ## rebuild testdata/apk with the Android tools
	scripts/fixtures/build.sh

bench: ## measure against md5sum, aapt and apksigner; prints docs/benchmarks.md's table
	scripts/bench/peers.sh

vuln: ## known holes in dependencies (needs the network)
	$(GO) run golang.org/x/vuln/cmd/govulncheck@latest ./...

clean:
	rm -rf bin internal/sandbox/heyan-reader
