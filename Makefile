# One verb per need; `make` alone lists them. Each target installs what it needs into .venv.

SHELL := /bin/bash
.DEFAULT_GOAL := help

PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
# Two workers: the suite is to pass on two cores, and a real model takes every core it gets.
WORKERS ?= 2

.PHONY: help
help:  ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## */\t/' | expand -t 14

# What a user installs, and beside it what a developer needs: the demonstration waits for less.
.venv/.product: pyproject.toml
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Benchwright needs Python 3.11 or newer: make PYTHON=…")'
	@[ -x $(BIN)/python ] || "$(PYTHON)" -m venv .venv
	@started=$$SECONDS; \
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'; \
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[llama]'; \
	echo "installed the product into .venv in $$((SECONDS - started)) s"
	@touch $@

.venv/.development: .venv/.product
	@started=$$SECONDS; \
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --group dev; \
	echo "installed what developers need in $$((SECONDS - started)) s"
	@touch $@

.PHONY: install
install: .venv/.development  ## Install the project and everything its developers need

.venv/.material: tools/material.py .venv/.product
	@$(BIN)/python tools/material.py .venv/material
	@touch $@

.PHONY: material
material: .venv/.material  ## Fetch a small real model and real questions, with pinned digests

.PHONY: check
check: .venv/.development  ## Format, lint, types, storeys, budgets
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/pytest -p no:cacheprovider tests/architecture

.PHONY: test
test: .venv/.development .venv/.material  ## Every test that needs neither network nor GPU, with coverage
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -n $(WORKERS) --durations=10
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

.PHONY: test-hf
test-hf: .venv/.hf .venv/.material  ## The tests of `hf:` models, in which torch is installed
	$(BIN)/pytest -m hf

.venv/.hf: .venv/.development
	$(BIN)/python -m pip install --quiet --disable-pip-version-check 'torch==2.13.0' \
	  $(if $(TORCH_INDEX),--index-url $(TORCH_INDEX))
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[hf]'
	@touch $@

.PHONY: demo
demo: .venv/.product .venv/.material  ## A real model on real questions: table, comparison, report
	@PATH="$(CURDIR)/$(BIN):$$PATH" tools/demo.sh

.PHONY: docs
docs: .venv/.development  ## Write docs/cli.md and docs/zoo.md from the commands and the cards
	$(BIN)/python tools/cli_page.py docs/cli.md
	$(BIN)/python tools/zoo_page.py docs/zoo.md

# The folder of real benchmark data; parity and data checks read it.
DATA ?= $(BENCHWRIGHT_DATA)

.PHONY: golden
golden: .venv/.development  ## Write a benchmark's golden prompts anew: make golden NAME=gsm8k
	BENCHWRIGHT_GOLDEN=write $(BIN)/pytest -q -p no:cacheprovider \
	  "tests/zoo/test_golden.py::test_versions_and_prompts_are_as_they_were[$(NAME)]"

.PHONY: parity
parity: .venv/.development  ## Write docs/parity.md from recorded outputs: make parity DATA=folder
	PYTHONPATH=tools $(BIN)/python -m parity "$(DATA)" docs/parity.md

.PHONY: data-checks
data-checks: .venv/.development  ## Write docs/data_checks.md, of every benchmark: make data-checks DATA=folder
	$(BIN)/python tools/data_checks.py "$(DATA)" docs/data_checks.md

.PHONY: format
format: .venv/.development  ## Format the code and mend what the linter can mend
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

.PHONY: clean
clean:  ## Remove what the targets made, the environment included
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache demo pool dist
