# What is done with this repository. `make` alone prints the list.

BROWSER ?=
browser := $(if $(BROWSER),--browser $(BROWSER))

.PHONY: help demo guides guides-check test matrix ways faults drift kills leaks soak bench lint
.DEFAULT_GOAL := help

help: ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /|/' | while IFS='|' read -r name what; do printf 'make %-12s %s\n' "$$name" "$$what"; done

demo: ## installs what is missing and runs both renewals on the practice portals (BROWSER=chromium for the other browser)
	cargo build --release
	./target/release/rinnova doctor --install $(browser)
	./target/release/rinnova demo $(browser)

guides: ## the guides of both portals under docs/, in each language and format; only what has changed is written (BROWSER=chromium)
	cargo build --release
	for flow in mysign ncfr; do ./target/release/rinnova guide flows/$$flow.toml -o docs/$$flow --edition whole,checklist $(browser) || exit; done

guides-check: ## whether the guides under docs/ are what would be made now; where they are not, a page shows before and now
	cargo build --release
	for flow in mysign ncfr; do ./target/release/rinnova guide flows/$$flow.toml -o docs/$$flow --check $(browser) || exit; done

test: ## installs what is missing and runs the tests: Firefox with all accounts, Chromium with six; some ways, faults and kills (the long tests: below)
	cargo build
	cargo run --quiet -- doctor --install
	cargo test --no-fail-fast -- --test-threads=6

matrix: ## every account in both browsers
	cargo run --quiet -- doctor --install
	RINNOVA_MATRIX=all cargo test --test matrix

ways: ## what the tests play in one browser or on one portal, in both: ways through the flows, signals, hostile pages, searches for secrets
	cargo run --quiet -- doctor --install
	RINNOVA_WAYS=all cargo test --no-fail-fast --test ways --test renew --test codes --test signals --test leaks --test hostile --test presses -- --test-threads=6

faults: ## every fault at every point of a renewal, both portals, both browsers by turns; within an hour (RINNOVA_FAULTS_SEED=2: other turns)
	cargo run --quiet -- doctor --install
	RINNOVA_FAULTS=all cargo test --test faults -- --nocapture

drift: ## every change of the practice portals, both portals: seen, named, mended, healed without harm (RINNOVA_DRIFT=D7 for one)
	cargo run --quiet -- doctor --install
	RINNOVA_DRIFT=all cargo test --test drift -- --nocapture

kills: ## kill -9 at every place of a renewal on both portals, and at five hundred moments of chance (RINNOVA_KILLS_SEED=2: others)
	cargo run --quiet -- doctor --install
	RINNOVA_KILLS=500 cargo test --test kills -- --nocapture --test-threads=1

leaks: ## secrets that nobody has, typed in each browser, and a search for them in all that is left and shown
	cargo run --quiet -- doctor --install
	cargo run --quiet -- doctor --leaks --browser firefox
	cargo run --quiet -- doctor --leaks --browser chromium

soak: ## fifty renewals in a row in each browser; nothing may stay behind
	cargo run --quiet -- doctor --install
	RINNOVA_SOAK=50 cargo test --test soak

bench: ## a renewal against Playwright and the ordinary way, turn and turn about; some six minutes (RINNOVA_BENCH_N=3: two)
	cargo run --release --quiet -- doctor --install
	cd benches/playwright && npm ci --ignore-scripts --no-audit --no-fund
	cargo bench --bench renewal

lint: ## form, lints, documentation, flows; everything that needs no browser
	cargo fmt --check
	cargo clippy --lib --bins -- -D warnings
	cargo clippy --tests --benches -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc --no-deps --quiet
	cargo run --quiet -- lint --strict flows/*.toml
