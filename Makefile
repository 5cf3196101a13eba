# Every target installs what it needs and skips what is already there.

NODE = node_modules/.bin/node
# Programs in Node.js, above all wrangler, start in two thirds of the time with their code compiled.
export NODE_COMPILE_CACHE ?= $(CURDIR)/target/node
# The limit in milliseconds of a test in JavaScript that has none of its own.
TEST_TIMEOUT = 600000
# Runs a compiler without the secrets of the environment.
RUN = sh edge/tools/environment.sh

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{ printf "%-20s %s\n", $$1, $$2 }'

setup: ## install the pinned tools
	@sh edge/tools/setup.sh

build: setup ## build the Worker and the npm package, and check their sizes
	+@sh edge/tools/build.sh --check-size

# exec: signals reach the program, which stops the others.
dev: setup ## run the Worker with demo accounts and an inbox on this machine
	@exec $(NODE) edge/tools/dev.mjs

deploy: setup ## check the configuration and deploy: CONFIG=your.toml
	@exec $(NODE) edge/tools/deploy.mjs

mail: setup ## send a test mail as configured: TO=you@example.com
	@exec $(NODE) edge/tools/mail.mjs

test: browser setup ## run all checks and tests (about an hour on two cores)
	@sh edge/tools/setup.sh --for-test
	@sh edge/tools/audit.sh
	cargo fmt --all --check
	node_modules/.bin/biome ci --error-on-warnings
	@$(MAKE) -j $$(getconf _NPROCESSORS_ONLN) check-wasm check-native
	@$(NODE) edge/tools/deploy.mjs --dry-run
	@$(MAKE) -j 2 test-rust test-js

# Both wait for Workers to start for much of their time, so they run together.
test-rust:
	+cargo test --workspace

test-js:
	$(NODE) --test --test-isolation=none --test-timeout=$(TEST_TIMEOUT) 'tests/entry/*.test.mjs' 'tests/browser/*.test.mjs' \
	  'tests/runtimes/*.test.mjs' 'tests/package/*.test.mjs'

test-ecosystem: browser setup ## run the tests with frameworks, and compare two builds (half an hour)
	@sh tests/ecosystem/setup.sh
	+@sh edge/tools/build.sh
	$(NODE) --test --test-isolation=none --test-timeout=$(TEST_TIMEOUT) 'tests/ecosystem/*.test.mjs'

release-check: build ## check a release and write its files into target/release-files
	@sh edge/tools/release.sh

# The two get the identity or the token of the workflow, and run no other author's code.
release-npm:
	@node edge/tools/release.mjs npm

release-crates:
	@node edge/tools/release.mjs crates

# With +, the two share make's job slots, so that they run no more compilers than there are cores.
check-wasm: build
	+$(RUN) cargo clippy -p relatch-worker --features exports --target wasm32-unknown-unknown -- -D warnings
	+$(RUN) cargo clippy -p relatch-embed-example --target wasm32-unknown-unknown -- -D warnings
	@# Alone, because the Worker's dependencies would give it a standard library.
	+$(RUN) cargo clippy -p relatch-wasm --target wasm32-unknown-unknown -- -D warnings
	+$(RUN) cargo clippy -p relatch -p relatch-runtimes -p relatch-example-page -p relatch-example-worker \
	  --target wasm32-unknown-unknown -- -D warnings

check-native:
	+$(RUN) cargo clippy --workspace --all-targets -- -D warnings
	+$(RUN) cargo test --workspace --no-run

bench: setup ## measure latency, throughput and CPU time (30 minutes, on an idle machine)
	@sh tests/bench/build.sh
	$(RUN) cargo bench --quiet -p relatch-domain --bench domain
	@$(NODE) tests/bench/main.mjs

mutants: setup ## check that the simulation detects each removed clause of the protocol (10 minutes)
	@$(RUN) $(NODE) tests/mutants/run.mjs

screenshots: browser build ## take pictures of every page and element, in target/screenshots
	@$(NODE) tests/browser/screenshots.mjs
	@$(NODE) tests/browser/elements-screenshots.mjs

browser:
	@node tests/browser/chrome.mjs

.PHONY: help setup build dev deploy mail test test-ecosystem release-check release-npm \
  release-crates check-wasm check-native test-rust test-js bench mutants screenshots browser
