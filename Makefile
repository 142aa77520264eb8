# precert: everything a developer or CI starts by hand. `make help` lists it.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
WORKERS ?= 2
# Files of minutes first: what is short fills the workers up at the end.
LONG := tests/suites tests/cli tests/plugin tests/report
TESTS := $(LONG) $(filter-out $(LONG),$(patsubst %/,%,$(wildcard tests/*/)))
# Stages joined by a comma run side by side: the parties of interop mostly wait. vcan runs alone, for it measures times.
STAGES := lint unit prove determinism wheel,interop vcan
SUITES ?= $(notdir $(patsubst %/,%,$(dir $(wildcard test_suites/*/suite.toml))))

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.precert-installed
BUILD := build
export PATH := $(CURDIR)/$(BIN):$(PATH)
# Hundreds of processes read the same modules: whoever forbids compiled ones lets each compile them anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup packages demo test lint unit prove determinism repeat wheel vcan interop bench clean

help:  ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## */\1\t/' | expand -t 14

setup: $(STAMP)  ## create .venv and install precert into it

# Entry points are read from the installed metadata, so a change of pyproject.toml installs again.
$(STAMP): pyproject.toml hatch_build.py
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "precert needs Python 3.11 or later; name one: make PYTHON=python3.12 ..." >&2; exit 2; }
	@[ -x $(BIN)/python ] || $(PYTHON) -m venv $(VENV) \
	  || { rm -rf $(VENV); echo "could not create $(VENV); on Debian: apt-get install python3-venv" >&2; exit 2; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@

packages:
	@.ci/packages fonts-noto-cjk

demo: $(STAMP) packages  ## the whole campaign on the simulated truck, and its report
	@.ci/demo runs

test: $(STAMP)  ## everything that CI runs; stages below can be run alone
	@.ci/packages fonts-noto-cjk poppler-utils --also chromium iproute2 tshark
	@for stage in $(STAGES); do \
	  begin=$$SECONDS; \
	  beside=; [[ $$stage != *,* ]] || beside="-j2 --output-sync=target"; \
	  $(MAKE) --no-print-directory $$beside $${stage//,/ }; \
	  times="$${times-}$${times:+, }$$stage $$((SECONDS - begin)) s"; \
	done; \
	echo; echo "stages: $$times"
	@echo "all stages passed; written to $(BUILD)/"
	@tail -n 1 $(BUILD)/unit.log

lint: $(STAMP)  ## ruff, mypy, import contracts
	ruff check .
	ruff format --check .
	mypy
	lint-imports

unit: $(STAMP)  ## the tests of the harness, without those that need a vcan0 or the whole matrix
	@mkdir -p $(BUILD)
	python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(TESTS) -m "not socketcan and not nightly and not matrix and not interop" --tb=short -rs --durations=25 2>&1 | tee $(BUILD)/unit.log

prove: $(STAMP)  ## the fault-twin matrix of every suite, and the tests that read it
	@mkdir -p $(BUILD)
	@for suite in $(SUITES); do \
	  echo "precert prove $$suite"; \
	  precert prove $$suite -n $(WORKERS) --json $(BUILD)/prove-$$suite.json 2>&1 | tee $(BUILD)/prove-$$suite.log; \
	done
	PRECERT_MATRICES=$(BUILD) python -m pytest -m matrix --tb=short tests/suites

determinism: $(STAMP)  ## two runs under different hash seeds give the same results
	@.ci/determinism $(BUILD)/determinism

repeat: $(STAMP)  ## a hundred runs of the vehicle suite in a row, compared (about half an hour; not part of test)
	@.ci/repeat $(BUILD)/repeat virtual-truck-full 100

wheel: $(STAMP)  ## build the wheel, install it into an empty environment, run the demo there
	@.ci/wheel $(BUILD)/wheel

vcan: $(STAMP)  ## the tests that need SocketCAN, on vcan0 or in a virtual machine
	@.ci/vcan $(BUILD)/vcan

interop: $(STAMP)  ## our codec and our ISO 15118 machines against an independent implementation, in an environment of its own
	@.ci/interop $(BUILD)/interop

bench: $(STAMP)  ## the benchmarks, each against its peer
	@for script in $$(grep -l __main__ benchmarks/*.py); do echo "== $$script"; python "$$script"; done

clean:  ## remove what the targets above wrote, runs excepted
	rm -rf $(BUILD) dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
