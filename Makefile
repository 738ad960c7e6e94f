# `make` lists what there is to do.

# One debug configuration for everything: what `make run` built, `make test` does not build again.
SWIFT_FLAGS := --explicit-target-dependency-import-check error
SWIFT_FILES := Package.swift Core Sources Tests
PYTHON      := .venv/bin/python

# The program that the end-to-end tests and the proofs start.
export BURSAR_BINARY := $(CURDIR)/.build/debug/bursar

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help run test test-real check core build units end-to-end browser prove fuzz bench dist lint format setup venv clean

help: ## list the targets
	@awk -F ':[^#]*## ' '/^[a-z-]+:[^#]*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: setup ## build and serve; without OPENROUTER_API_KEY, the sandbox
	swift build $(SWIFT_FLAGS) --product bursar
	@scripts/run.sh

test: setup core build units end-to-end ## all tests: Core, then the server, then end to end
	@echo 'left out: Tests/Real (Prometheus, Phoenix, moto: hundreds of megabytes); make test-real installs and runs them'

test-real: build ## exporters against their real counterparts, which it installs
	@scripts/real.sh
	.venv-real/bin/python -m pytest Tests/Real

check: setup lint test ## what CI does: lint, build with warnings as errors, all tests

core: ## the deciding code's tests alone; they need nothing but Swift
	cd Core && swift test $(SWIFT_FLAGS)

build: setup ## build the server and its tests
	swift build $(SWIFT_FLAGS) --build-tests

units: build ## the server's own tests
	swift test $(SWIFT_FLAGS) --skip-build

end-to-end: build venv ## real clients against the program
	$(PYTHON) -m pytest Tests/EndToEnd

browser: build venv ## the dashboard in a real Chromium, with screenshots in dist/shots
	@scripts/setup.sh browser
	$(PYTHON) -m pip install --quiet --disable-pip-version-check --requirement Tests/Browser/requirements.txt
	BURSAR_SHOTS=$(CURDIR)/dist/shots $(PYTHON) -m pytest -rs Tests/Browser

prove: build venv ## the long proofs: SDKs, the API's document, the race for a budget, a loop, kill -9, agents, a shop's long day
	@scripts/setup.sh proofs
	$(PYTHON) Tests/Proofs/sdk.py
	$(PYTHON) Tests/Proofs/openai_sdk.py
	$(PYTHON) Tests/Proofs/anthropic_sdk.py
	@scripts/venv.sh proofs
	.venv-proofs/bin/python Tests/Proofs/clients.py
	.venv-proofs/bin/python Tests/Proofs/claude_code.py
	.venv-proofs/bin/python Tests/Proofs/openapi.py
	$(PYTHON) Tests/Proofs/budget_race.py
	$(PYTHON) Tests/Proofs/spend_loop.py
	$(PYTHON) Tests/Proofs/kill.py
	$(PYTHON) Tests/Proofs/sink.py
	$(PYTHON) Tests/Proofs/agent.py
	$(PYTHON) Tests/Proofs/agent.py --daily 1.5
	$(PYTHON) Tests/Proofs/shop_day.py

fuzz: setup ## libFuzzer and address sanitizer on what reads bytes from outside; FUZZ=SECONDS for each of four targets
	@scripts/fuzz.sh $(FUZZ)

bench: setup ## the release build against nginx, as ratios (and LiteLLM, where it is installed)
	@scripts/bench.sh $(BENCH)

dist: setup ## dist/*.tar.gz: one binary that needs no Swift, with a systemd unit
	@scripts/dist.sh

lint: ## look at the format, change nothing
	swift format lint --strict --parallel --recursive $(SWIFT_FILES)

format: ## mend the format
	swift format --in-place --parallel --recursive $(SWIFT_FILES)

setup: ## install what this machine lacks
	@scripts/setup.sh

venv: setup ## make .venv for the end-to-end tests
	@scripts/venv.sh

clean: ## remove what was built; ledgers stay
	rm -rf .build Core/.build .venv .venv-real .venv-proofs .pytest_cache dist
