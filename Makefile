# make demo | test | lint | bench | docs: each sets up .venv by itself, once. Needs python3 (3.11 or newer, with venv), git and make.
PYTHON ?= $(shell for each in python3.13 python3.12 python3.11 python3; do \
	$$each -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && echo $$each && break; done)
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/installed
PYTEST_ARGS ?=
# Local calls only: nothing is asked but the package registry that pip is set up for.
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: chaos demo test lint bench docs clean

demo: $(STAMP)
	$(BIN)/xiyuan demo

test: $(STAMP)
	@.ci/machine-packages
	$(BIN)/pytest -q -n 2 $(PYTEST_ARGS)

lint: $(STAMP)
	@failed=0; for check in "ruff check ." "ruff format --check ." mypy; do $(BIN)/$$check || failed=1; done; exit $$failed

chaos: $(STAMP)
	$(BIN)/python -m tests.chaos $(CHAOS_ARGS)

bench: $(STAMP)
	$(BIN)/python -m bench.run
	$(BIN)/python -m bench.payouts

docs: $(STAMP)
	$(BIN)/python -m docs.make_reference

$(STAMP): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "no python3 of version 3.11 or newer with venv was found" >&2; exit 1; }
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

clean:
	rm -rf $(VENV) build dist
