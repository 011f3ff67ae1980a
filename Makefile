# One profile (release) and one target folder for the demo, the tests and CI, so that nothing
# is built twice. GNU make 4.3 or later; the paths of the clone, of HOME and of OUT must hold no spaces.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules --no-print-directory

ifneq ($(words $(CURDIR)),1)
$(error the path of the clone holds a space: $(CURDIR))
endif

# rustup puts cargo here, and not every shell has it on PATH.
export PATH := $(or $(CARGO_HOME),$(HOME)/.cargo)/bin:$(PATH)
# Outside the clone, so that a fresh clone finds what an older one built.
CACHE := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/yiren
export CARGO_TARGET_DIR ?= $(CACHE)/target

OUT ?= out/demo
PERSONS ?= 20000
SEED ?= 1
AS_OF ?= 2026-06-30
# For bench-peers: the data, and, separated by commas, which of them and which tools; all if empty.
DATA ?= ../shared/data
ONLY ?=
TOOLS ?=
# For bench: yes to keep the counts of instructions as the record.
RECORD ?=
# For bench-sweep: sizes, which of them Splink gets (or none), its limit in seconds, and a folder for
# the populations and results, some 8 GiB with all sizes; the usual ones where empty.
SIZES ?=
SPLINK ?=
SPLINK_LIMIT ?=
SCRATCH ?= $(CACHE)/sweep
# Commands that a target needs beside those of every build.
NEEDS :=

.PHONY: demo test test-nightly test-api lint bench bench-peers bench-search bench-service bench-store bench-sweep help bootstrap

demo: bootstrap ## build, invent a population, sweep it; result and report in OUT (out/demo)
	cargo build --release --package yiren-cli
	"$$CARGO_TARGET_DIR/release/yiren" generate --persons $(PERSONS) --seed $(SEED) --out $(OUT)/population
	"$$CARGO_TARGET_DIR/release/yiren" sweep $(OUT)/population --out $(OUT)/result --as-of $(AS_OF)

test: bootstrap ## run every test of every package
	cargo test --release --workspace

test-nightly: bootstrap ## the random tests of store and service, thousands of them: orders of changes, processes killed, garbage
	YIREN_SEQUENCES=2000 YIREN_KILLS=500 YIREN_REQUESTS=200000 YIREN_GARBAGE=20000 cargo test --release --workspace --test store --test recovery --test service --test garbage

test-api: NEEDS := python3
test-api: bootstrap ## hold the service against its OpenAPI document, as every role, with schemathesis
	cargo build --release --package yiren-cli
	scripts/schemathesis.sh "$$CARGO_TARGET_DIR/release/yiren" "$(SCRATCH)/../schemathesis"

lint: bootstrap ## check format, clippy and the documentation; a warning is an error
	cargo fmt --all --check
	cargo clippy --release --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS=-Dwarnings cargo doc --release --no-deps --workspace

bench: NEEDS := valgrind python3
bench: bootstrap ## time the kernels with criterion, count their instructions with callgrind; RECORD=yes keeps the counts
	python3 -m unittest discover --start-directory benches/instructions
	cargo bench --package yiren-benches
	cargo build --release --package yiren-benches
	python3 benches/instructions/run.py "$$CARGO_TARGET_DIR/release/instructions" out/instructions $(if $(RECORD),--record)

bench-service: NEEDS := python3
bench-service: bootstrap ## serve a million records under fixed rates of queries, with records streaming in, with sweeps running; PERSONS= chooses
	cargo build --release --package yiren-cli
	command -v oha >/dev/null || [[ -x "$(SCRATCH)/tools/bin/oha" ]] || CARGO_TARGET_DIR="$(SCRATCH)/tools/target" cargo install oha --locked --root "$(SCRATCH)/tools"
	PATH="$(SCRATCH)/tools/bin:$$PATH" python3 benches/service/run.py "$$CARGO_TARGET_DIR/release/yiren" "$(SCRATCH)" $(if $(filter file,$(origin PERSONS)),667000,$(PERSONS)) benches/record/service.md

bench-peers bench-sweep: NEEDS := python3
bench-peers: bootstrap ## compare with Splink and recordlinkage on DATA (../shared/data); ONLY= and TOOLS= choose
	@python3 benches/peers/run.py --check --data "$(DATA)" --only "$(ONLY)" --tools "$(TOOLS)"
	cargo build --release --package yiren-cli
	YIREN="$$CARGO_TARGET_DIR/release/yiren" python3 -m unittest discover --start-directory benches/peers
	venv=$$(benches/peers/venv.sh); "$$venv/bin/python" benches/peers/run.py --data "$(DATA)" \
		--only "$(ONLY)" --tools "$(TOOLS)" --yiren "$$CARGO_TARGET_DIR/release/yiren" --out out/peers

bench-sweep: bootstrap ## sweep 100 thousand to 10 million records, beside Splink; SIZES=, SPLINK= and SPLINK_LIMIT= choose
	cargo build --release --package yiren-cli --package yiren-benches
	python3 -m unittest discover --start-directory benches/sweep
	python=python3; [[ "$(SPLINK)" == none ]] || python=$$(benches/peers/venv.sh)/bin/python; \
		"$$python" benches/sweep/run.py --yiren "$$CARGO_TARGET_DIR/release/yiren" \
		--pairs "$$CARGO_TARGET_DIR/release/pairs" --scratch "$(SCRATCH)" --sizes "$(SIZES)" \
		--splink "$(SPLINK)" --splink-limit "$(SPLINK_LIMIT)"

bench-search: bootstrap ## build the index of a million records and search it; PERSONS= chooses
	cargo build --release --package yiren-cli --package yiren-benches
	rates=$$(mktemp); YIREN_RATES=$$rates cargo test --release --workspace --test search the_person_asked_for_comes_first; \
		benches/search/run.sh "$$CARGO_TARGET_DIR/release/yiren" "$$CARGO_TARGET_DIR/release/search" "$(SCRATCH)" $(if $(filter file,$(origin PERSONS)),667000,$(PERSONS)) "$$rates"; rm "$$rates"

bench-store: bootstrap ## load a million records into a store, look people up, change it one record at a time; PERSONS= chooses
	cargo build --release --package yiren-cli --package yiren-benches
	benches/store/run.sh "$$CARGO_TARGET_DIR/release/yiren" "$$CARGO_TARGET_DIR/release/store" "$(SCRATCH)" $(if $(filter file,$(origin PERSONS)),667000,$(PERSONS))

help: ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

bootstrap:
	@scripts/bootstrap.sh $(NEEDS)
	@scripts/rocksdb.sh $(CACHE)/rocksdb
