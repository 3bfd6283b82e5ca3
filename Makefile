# casenlp: `make demo` shows the main job, `make test` runs the tests, `make check` lints and types.
# Paths are relative and quoted, so that the checkout may live in a directory with a space in its name.
# .venv/ is made once; each stamp in it is redone only when pyproject.toml or what is compiled changes.

PYTHON ?= $(shell for p in python3 python3.12 python3.11 python3.10 python; do \
	"$$p" -c 'import sys; sys.exit(not (3, 10) <= sys.version_info[:2] < (3, 13))' 2>/dev/null && echo "$$p" && break; done)
VENV := .venv
BIN := $(VENV)/bin
OUT := out/demo
SOURCES := pyproject.toml hatch_build.py $(wildcard src/casenlp/native/*.px*)

.PHONY: demo test check scores bench format clean help
.DELETE_ON_ERROR:

help:
	@echo 'make demo   extract the corpus, show two reports as tables, and the scores against the gold file'
	@echo 'make test   run the tests'
	@echo 'make check  ruff and mypy'
	@echo 'make scores GOLD=FOLDER  the table of scores in README.md, from the public gold sets in a folder'
	@echo 'make bench  start and speed, our entity ruler beside that of spaCy, and our peers (made in out/peers)'
	@echo 'make clean  remove .venv, out and caches'

$(BIN)/python:
	@if [ -z "$(PYTHON)" ]; then echo 'casenlp needs Python 3.10, 3.11 or 3.12 on the PATH (or: make PYTHON=/path/to/python)' >&2; exit 1; fi
	"$(PYTHON)" -m venv "$(VENV)"

$(VENV)/installed: $(SOURCES) | $(BIN)/python
	"$(BIN)/python" -m pip install --quiet --disable-pip-version-check --editable .
	@touch "$@"

$(VENV)/installed-test: $(SOURCES) | $(BIN)/python
	"$(BIN)/python" -m pip install --quiet --disable-pip-version-check --editable '.[test]'
	@touch "$@" "$(VENV)/installed"

$(VENV)/installed-dev: $(SOURCES) | $(BIN)/python
	"$(BIN)/python" -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch "$@" "$(VENV)/installed-test" "$(VENV)/installed"

$(VENV)/installed-spark: $(SOURCES) | $(BIN)/python
	"$(BIN)/python" -m pip install --quiet --disable-pip-version-check --editable '.[dev,spark]'
	@touch "$@" "$(VENV)/installed-dev" "$(VENV)/installed-test" "$(VENV)/installed"

demo: $(VENV)/installed
	"$(BIN)/python" -m casenlp batch corpus/reports -o "$(OUT)" --to csv --to jsonl
	"$(BIN)/python" -m casenlp extract corpus/reports/01-*.txt corpus/reports/16-*.txt
	"$(BIN)/python" -m casenlp evaluate --gold corpus/gold.jsonl --pred "$(OUT)/documents.jsonl"
	@echo 'All tables of all reports are in $(OUT)/'

test: $(VENV)/installed-test
	"$(BIN)/python" -m pytest

check: $(VENV)/installed-dev
	"$(BIN)/python" -m ruff check .
	"$(BIN)/python" -m ruff format --check .
	"$(BIN)/python" -m mypy

# GOLD: a folder that holds maccrobat*/ and phee*.jsonl; without it only our own corpus is scored
GOLD ?=
scores: $(VENV)/installed
	"$(BIN)/python" benchmarks/scores.py $(if $(GOLD),--gold "$(GOLD)")

bench: $(VENV)/installed
	"$(BIN)/python" benchmarks/speed.py $(TEXTS)
	"$(BIN)/python" benchmarks/ruler.py $(TEXTS)
	"$(BIN)/python" benchmarks/peers.py $(TEXTS)

format: $(VENV)/installed-dev
	"$(BIN)/python" -m ruff check --fix .
	"$(BIN)/python" -m ruff format .

clean:
	rm -rf "$(VENV)" out build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	rm -f src/casenlp/native/*.so src/casenlp/native/*.pyd
	find src tests scripts -type d -name __pycache__ -prune -exec rm -rf {} +
