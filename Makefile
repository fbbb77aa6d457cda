# `make quickstart` measures git, git worktrees and jujutsu; `make test` runs the tests.
# Both make .venv from the hashed locks in requirements/; a second run finds it ready.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c

VENV ?= .venv
BIN := $(VENV)/bin
PYTHON ?=
UV ?= $(shell command -v uv || echo $(BIN)/uv)
PYTEST_ARGS ?= --numprocesses=auto --maxprocesses=4
LOCK_ARGS ?=
PYTHON_VERSIONS := 3.11 3.12 3.13
SOURCES := tracker patterns tests migrations benchmarks
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

# The first that is supported and can make a virtual environment. A name on PATH proves neither:
# version managers leave launchers for versions that are not active, Debian leaves out ensurepip.
define FIND_PYTHON
for candidate in $(or $(PYTHON),python3.13 python3.12 python3.11 python3); do \
  if "$$candidate" -c 'import ensurepip, sys, venv; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' >/dev/null 2>&1; \
  then found="$$candidate"; break; fi; \
done; \
if [ -z "$${found:-}" ]; then \
  echo "Python 3.11, 3.12 or 3.13 with venv is needed and none of $(or $(PYTHON),python3.13 python3.12 python3.11 python3) is one." >&2; \
  echo "Debian, Ubuntu: apt-get install python3-venv; or: make $(or $(MAKECMDGOALS),quickstart) PYTHON=/path/to/python3.12" >&2; \
  exit 2; \
fi
endef

# py311, py312 or py313: the lock that belongs to the virtual environment's Python.
LOCK_NAME = $$($(BIN)/python -c 'import sys; print("py%d%d" % sys.version_info[:2])')

.PHONY: help quickstart venv dev jj test check lint format style contracts dependencies spelling types lock clean

help: ## Print this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 14

quickstart: venv jj ## Make .venv, get jj where it is missing, run the quickstart benchmark (about two minutes)
	@$(BIN)/tracker run experiments/configs/quickstart.yaml

venv: $(VENV)/.runtime.stamp ## Make .venv with what the tracker needs to run

dev: $(VENV)/.dev.stamp ## Make .venv with what the checks need as well

jj: venv ## Get jj where it is missing; without it the other systems are still measured
	@$(BIN)/tracker tools install jj \
	  || echo "jj could not be installed: git and git worktrees are measured without it." >&2

$(VENV)/.made.stamp:
	@$(FIND_PYTHON); \
	echo "Making $(VENV) with $$found ($$("$$found" --version))" >&2; \
	"$$found" -m venv $(VENV)
	@touch $@

$(VENV)/.runtime.stamp: $(VENV)/.made.stamp $(wildcard requirements/py*.txt) pyproject.toml
	@echo "Installing requirements/$(LOCK_NAME).txt, every file checked by its hash (minutes, once)" >&2
	@$(PIP) install --require-hashes -r requirements/$(LOCK_NAME).txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev.stamp: $(VENV)/.made.stamp $(wildcard requirements/*.txt) pyproject.toml
	@echo "Installing requirements/dev-$(LOCK_NAME).txt, every file checked by its hash (minutes, once)" >&2
	@$(PIP) install --require-hashes -r requirements/dev-$(LOCK_NAME).txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $(VENV)/.runtime.stamp $@

test: dev ## Run the tests; what needs a service that is missing is skipped with its reason
	@$(BIN)/python -m pytest $(PYTEST_ARGS)

check: lint types test ## Everything a change must pass

lint: format style contracts dependencies spelling ## Format, ruff, import contracts, dependencies, spelling

format: dev
	@$(BIN)/ruff format --check .

style: dev
	@$(BIN)/ruff check .

contracts: dev
	@$(BIN)/lint-imports

dependencies: dev
	@$(BIN)/deptry tracker patterns

spelling: dev
	@$(BIN)/codespell $(wildcard $(SOURCES)) *.md docs pyproject.toml Makefile

types: dev ## Check the types
	@$(BIN)/mypy

# The build back end is locked too, because the project itself is installed without build isolation.
lock: $(VENV)/.made.stamp ## Pin pyproject.toml's dependencies again (LOCK_ARGS=--upgrade takes newer ones)
	@command -v $(UV) >/dev/null || { echo "make lock needs uv: pip install uv" >&2; exit 2; }
	@for version in $(PYTHON_VERSIONS); do \
	  name="py$${version/./}"; \
	  echo "Locking requirements/$$name.txt and requirements/dev-$$name.txt" >&2; \
	  build="$$($(BIN)/python -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["build-system"]["requires"], sep="\n")')"; \
	  common=(--quiet --python-version "$$version" --generate-hashes --no-annotate \
	    --custom-compile-command 'make lock' $(LOCK_ARGS)); \
	  $(UV) pip compile "$${common[@]}" pyproject.toml - -o "requirements/$$name.txt" <<<"$$build" >/dev/null; \
	  $(UV) pip compile "$${common[@]}" pyproject.toml - --group dev -c "requirements/$$name.txt" \
	    -o "requirements/dev-$$name.txt" <<<"$$build" >/dev/null; \
	done

clean: ## Remove the virtual environment and what the checks leave behind; results stay
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist build htmlcov .coverage
	@find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +
