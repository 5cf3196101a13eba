# Every target does its own set-up and skips what is already there.

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{ printf "%-14s %s\n", $$1, $$2 }'

setup: ## install the pinned tools (the other targets do this themselves)
	@sh edge/tools/setup.sh

build: ## build the Worker into edge/build, report its size, fail when it is too large
	@sh edge/tools/build.sh
	@node edge/tools/size.mjs

# exec: a signal to this recipe reaches the program that has to stop its children.
dev: ## run it here with an inbox: PORT, SMTP_PORT, INBOX_PORT, STATE, and any variable of wrangler.toml
	@exec node edge/tools/dev.mjs

test: setup build ## everything that has to hold: build and size, format, lints, tests
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	cargo clippy -p relatch-edge --target wasm32-unknown-unknown -- -D warnings
	cargo test --workspace

bench: setup ## how fast it is, every figure against a floor of the same run (six minutes, on a quiet machine)
	@sh tests/bench/build.sh
	cargo bench --quiet -p relatch-edge --bench core
	@node_modules/.bin/node tests/bench/main.mjs

.PHONY: help setup build dev test bench
# Under make -j the steps of one target would print over each other, and compete for the same files.
.NOTPARALLEL:
