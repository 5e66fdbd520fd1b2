# make run: the band, on the model that comes along.  make test: everything that proves it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=
# The CPU build, where the package index offers it under this version; a newer one works too.
TORCH := torch==2.13.0

# Where the lock files were made for (SECURITY.md), exactly their releases are installed, and no file with another hash;
# elsewhere what pyproject.toml allows.
PLACE := $(shell $(PYTHON) -c 'import platform as p, sys; print(p.system(), p.machine(), *sys.version_info[:2], sep="-")')
LOCKED := $(filter Linux-x86_64-3-11,$(PLACE))
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
FROM_LOCK := $(PIP) --no-deps --require-hashes -r .ci/locks

.PHONY: help run test lint format bench devices audit clean

help: ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /: /'

run: $(VENV)/.bridge ## install the bridge alone (no torch), generate a phrase, show it, serve (ARGS=--once: end then)
	$(BIN)/maisynth demo $(ARGS)

test: $(VENV)/.test ## install what the tests need and run them all (ARGS="-k name": some)
	$(BIN)/python -m pytest $(ARGS)

lint: $(VENV)/.test ## style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/.test ## put the code in order
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.bridge ## measure what the bridge promises
	$(BIN)/python -m benchmarks.first_note

devices: $(VENV)/.bridge ## build the Max for Live device and the index of the Reaper scripts
	$(BIN)/python -m max_for_live.build_device
	$(BIN)/python -m reaper.build_index

audit: $(VENV)/.test ## known weaknesses in what is pinned (needs the server of advisories)
	$(PIP) pip-audit
	$(BIN)/pip-audit --strict --require-hashes --disable-pip -r .ci/locks/base.txt
	$(BIN)/pip-audit --strict --require-hashes --disable-pip -r .ci/locks/tests.txt

clean: ## remove the virtual environment
	rm -rf $(VENV)

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV) || { sh .ci/system-packages python3-venv && $(PYTHON) -m venv --clear $(VENV); }

$(VENV)/.bridge: pyproject.toml .ci/locks/base.txt | $(VENV)/bin/python
	$(if $(LOCKED),$(FROM_LOCK)/base.txt)
	$(PIP) $(if $(LOCKED),--no-deps) --editable .
	@touch $@

$(VENV)/.test: pyproject.toml .ci/locks/tests.txt .ci/system-packages | $(VENV)/bin/python
	sh .ci/system-packages jackd2 jack-midi-clock jack-example-tools puredata-core liblo-tools nodejs lua5.4 curl chromium
	$(PIP) $(TORCH)
	$(if $(LOCKED),$(FROM_LOCK)/tests.txt)
	$(PIP) $(if $(LOCKED),--no-deps) --editable '.[train,test,lint,link]'
	@touch $@ $(VENV)/.bridge
