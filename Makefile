.DEFAULT_GOAL := help
.PHONY: help run assets deps fmt lint test check audit sbom chaos soak fuzz bench bench-lists bench-pick dist clean-data

FUZZ_SECS ?= 300
CHAOS_SECS ?= 600
SOAK_OUTAGE_SECS ?= 30

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: assets ## build and start the pool
	cargo build --release
	exec target/release/ollama-api-pool

assets: ## bring what the pages need in browsers into assets/vendor (Node.js)
	@scripts/assets.sh

deps: ## install what the tests need and is missing (Debian packages, Python packages)
	@scripts/deps.sh test

fmt: ## check the formatting
	cargo fmt --all --check

lint: ## run clippy alone
	cargo clippy --workspace --all-targets -- -D warnings

test: deps assets ## run all tests beside a private PostgreSQL, Redis and mail server (ARGS=name selects)
	scripts/services.py -- scripts/test.sh $(ARGS)

check: fmt deps assets ## what CI runs: formatting, then lints and tests from one build
	scripts/services.py -- scripts/test.sh --lint $(ARGS)

audit: ## check the dependencies: advisories, licenses, origins, signatures; says what it can't reach
	@scripts/audit.sh

sbom: ## list what a release is made of: target/sbom/*.cdx.json (CycloneDX)
	@scripts/sbom.sh

chaos: deps assets ## kill processes, Redis and Postgres under load (CHAOS_SECS=600, CHAOS_SEED repeats a run)
	CHAOS_SECS=$(CHAOS_SECS) CHAOS_SEED=$(CHAOS_SEED) cargo test --test api chaos:: -- --nocapture

soak: deps assets ## measure outages of every kind under load (SOAK_OUTAGE_SECS=30, SOAK_SEED repeats a run)
	cargo build --release
	SOAK_BINARY=$(CURDIR)/target/release/ollama-api-pool SOAK_OUTAGE_SECS=$(SOAK_OUTAGE_SECS) \
		cargo test --test api soak:: -- --nocapture

fuzz: ## fuzz what reads strangers' bytes, each for FUZZ_SECS=300
	scripts/fuzz.sh $(FUZZ_SECS)

bench: ## measure the pool beside nginx (ARGS='--write docs/performance.md' keeps the result)
	@scripts/deps.sh bench test
	bench/run.py $(ARGS)
	scripts/services.py -- bench/import.py $(ARGS)
	scripts/services.py -- bench/lists.py $(ARGS)

bench-lists: ## measure the lists of 100,000 keys on both databases
	@scripts/deps.sh test
	scripts/services.py -- bench/lists.py $(ARGS)

bench-pick: ## measure how long picking a key takes
	cargo bench --bench pick

dist: ## build the smallest and fastest binary: target/dist/ollama-api-pool
	cargo build --profile dist

clean-data: ## delete ./data: the embedded database, its secrets and all keys in it
	rm -rf ./data
