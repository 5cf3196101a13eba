# Every target does its own set-up and skips what is already there.

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{ printf "%-14s %s\n", $$1, $$2 }'

setup: ## install the pinned tools (the other targets do this themselves)
	@sh edge/tools/setup.sh

build: ## build the Worker into edge/build and the npm package into js/dist, report their sizes, fail when one is too large
	@sh edge/tools/build.sh
	@node edge/tools/size.mjs
	@node js/tools/size.mjs

# exec: a signal to this recipe reaches the program that has to stop its children.
dev: ## run it here with an inbox: PORT, SMTP_PORT, INBOX_PORT, STATE, and any variable of wrangler.toml
	@exec node edge/tools/dev.mjs

deploy: ## put it into production, checked before and looked at after: CONFIG, and what edge/tools/deploy.mjs lists
	@exec node edge/tools/deploy.mjs

mail: ## send one test mail as configured: TO=somebody@example.com, and any MAIL_ variable of wrangler.toml
	@exec node edge/tools/mail.mjs

test: browser setup build ## everything that has to hold: build and size, dependencies, format, lints, tests
	@sh edge/tools/setup.sh --for-test
	@. edge/tools/versions.sh && node edge/tools/audit.mjs "$$RELATCH_AUDIT/bin/cargo-deny"
	@node edge/tools/deploy.mjs --dry-run
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	cargo clippy -p relatch-worker --target wasm32-unknown-unknown -- -D warnings
	cargo clippy -p relatch-wasm --target wasm32-unknown-unknown -- -D warnings
	cargo test --workspace
	node_modules/.bin/node --test --test-isolation=none 'tests/entry/*.test.mjs' 'tests/browser/*.test.mjs' 'tests/runtimes/*.test.mjs' 'tests/package/*.test.mjs'

bench: setup ## how fast it is, every figure against a floor of the same run (ten minutes, on a quiet machine)
	@sh tests/bench/build.sh
	cargo bench --quiet -p relatch-domain --bench domain
	@node_modules/.bin/node tests/bench/main.mjs

mutants: setup ## remove clauses of the protocol one by one: the simulation has to miss each (about ten minutes)
	@node tests/mutants/run.mjs

screenshots: browser setup build ## every hosted page and both elements as pictures, in target/screenshots; two of them stand in the README
	@node_modules/.bin/node tests/browser/screenshots.mjs
	@node_modules/.bin/node tests/browser/elements-screenshots.mjs

# First of all, for it is soon told and the rest takes minutes.
browser:
	@node tests/browser/chrome.mjs

.PHONY: help setup build dev deploy mail test bench mutants screenshots browser
# Under make -j the steps of one target would print over each other, and compete for the same files.
.NOTPARALLEL:
