# A fresh machine needs git, make and python3 (>= 3.11, with venv); everything else is installed here.

PYTHON ?= python3
BIN := .venv/bin

.PHONY: run test faults lint clean

run: .venv/installed
	$(BIN)/spinglass run configs/quick.toml --out results/quick

test: .venv/tested
	$(BIN)/python -m pytest

faults: .venv/tested
	SPINGLASS_LONG=1 $(BIN)/python -m pytest tests/test_faults.py

lint: .venv/tested
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	mkdir -p build/types && ln -sfn ../../cli build/types/spinglass_cli
	MYPYPATH=.:build/types $(BIN)/mypy

.venv/installed: setup.cfg pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --editable .
	touch $@

.venv/tested: .venv/installed
	$(BIN)/python -m pip install --quiet --editable '.[test]'
	touch $@

clean:
	rm -rf .venv build *.egg-info results
