# A fresh machine needs git, make and python3 (>= 3.11, with venv); everything else is installed here.

PYTHON ?= python3
BIN := .venv/bin

# The one build of PyTorch that the continuous integration uses; any from 2.4 on works.
TORCH ?= torch==2.13.0

# One process a core, in each of which BLAS keeps to its own.  What one has translated of the sources
# the others read, whatever the environment says, and the many programs that tests start.
PYTEST := OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 MKL_NUM_THREADS=1 PYTHONDONTWRITEBYTECODE= \
	$(BIN)/python -m pytest -n auto

# Warnings are errors: a link that leads nowhere, a docstring that cannot be set.
SPHINX := $(BIN)/python -m sphinx --fail-on-warning --keep-going --quiet --builder html

.PHONY: run test test-slow browser faults slurm kubernetes matrix deep lint wheel docs docs-quick clean

run: .venv/installed
	$(BIN)/spinglass run configs/quick.toml --out results/quick

# A file is for one process, which makes once what its tests share.
test: .venv/tested
	$(PYTEST) --dist loadfile -m 'not slow'

test-slow: .venv/tested
	$(PYTEST) -m slow

# What the tests of the report page click with; they are skipped where a browser cannot be had.
browser: .venv/tested
	command -v chromium >/dev/null || { apt-get update --quiet && apt-get install --quiet --yes chromium; } || true
	$(BIN)/python -m pip install --quiet --editable '.[browser]' || true

faults: .venv/tested
	SPINGLASS_LONG=1 $(BIN)/python -m pytest -s tests/test_faults.py

# A Slurm of two nodes on this machine, which runs what docs/howto/clusters.md says; root and Debian only.
slurm: .venv/tested
	command -v slurmctld >/dev/null || apt-get install --quiet --yes slurm-wlm munge || true
	$(BIN)/python -m pip install --quiet 'dask-jobqueue>=0.9'
	$(BIN)/python -m tests.slurm

# The Kubernetes job of docs/howto/clusters.md against the published schemas, without a cluster.
kubernetes: .venv/tested
	$(BIN)/python -m pip install --quiet 'kubernetes-validate>=1.30'
	$(BIN)/python -m pytest tests/test_recipes.py -k kubernetes

# The tests in every Python found here, with the newest packages and the oldest: build/matrix.
matrix: .venv/tested
	$(BIN)/python -m pip install --quiet 'uv>=0.5'
	$(BIN)/python -m tests.matrix $(TESTS)

deep: .venv/installed
	$(BIN)/python -m pip install --quiet '$(TORCH)'
	$(BIN)/python -m pip install --quiet --editable '.[deep]'

lint: .venv/tested
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	mkdir -p build/types && ln -sfn ../../cli build/types/spinglass_cli
	MYPYPATH=.:build/types $(BIN)/mypy

wheel: .venv/tested
	.ci/wheel

# The site in build/docs/html: every cell is run (once: what is unchanged is kept), every link followed.
docs: .venv/documented deep
	$(SPHINX) docs build/docs/html

# The same without running the cells.
docs-quick: .venv/documented deep
	$(SPHINX) -D nb_execution_mode=off docs build/docs/quick

.venv/installed: setup.cfg setup.py pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --editable .
	touch $@

.venv/tested: .venv/installed
	$(BIN)/python -m pip install --quiet --editable '.[test,cluster]'
	touch $@

.venv/documented: .venv/installed
	$(BIN)/python -m pip install --quiet --editable '.[docs]'
	touch $@

clean:
	rm -rf .venv build *.egg-info results
