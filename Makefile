# make demo | test | docs | coverage | mutation | test-oldest | test-engines | test-arrays | bench | dist: each
# sets up what it needs and starts from python3 alone (test-engines also needs Java, for Spark).
PYTHON ?= python3
PYTHON_OLDEST ?= $(PYTHON)
BIN := .venv/bin
OLDEST := scikit-learn==1.7.0 numpy==2.0.0 scipy==1.13.0 pandas==2.2.2 matplotlib==3.9.0 jinja2==3.1.2 pyparsing==3.1.4
WORKERS ?= auto
# The wheels of torch that need no GPU, a tenth of the size; empty takes what the default index has.
TORCH_INDEX ?= https://download.pytorch.org/whl/cpu

.PHONY: demo docs test test-oldest test-engines test-arrays lint types layers unit coverage mutation bench dist clean

# $(call environment,folder,what to install[,python])
define environment
	rm -rf $(1)
	$(or $(3),$(PYTHON)) -m venv $(1)
	$(1)/bin/python -m pip install --quiet --upgrade pip
	$(1)/bin/python -m pip install --quiet $(2)
	touch $(1)/ready
endef

# What the demo needs comes first, so that a newcomer does not wait for the tools of the tests.
.venv/demo: pyproject.toml
	rm -rf .venv
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --editable '.[plot]'
	touch $@

.venv/ready: .venv/demo
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable . --group dev
	touch $@

.venv-oldest/ready: pyproject.toml
	$(call environment,.venv-oldest,--editable . --group test pytest-xdist $(OLDEST),$(PYTHON_OLDEST))

.venv-docs/ready: pyproject.toml
	$(call environment,.venv-docs,--editable '.[all]' --group docs)

.venv-engines/ready: pyproject.toml
	$(call environment,.venv-engines,--editable . --group engines)

.venv-arrays/ready: pyproject.toml
	$(call environment,.venv-arrays,--editable . --group arrays $(addprefix --extra-index-url ,$(TORCH_INDEX)))

.venv-dist/ready: pyproject.toml
	$(call environment,.venv-dist,--group dist)

demo: .venv/demo
	$(BIN)/python examples/compare_models.py

test: lint layers types unit

lint: .venv/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

layers: .venv/ready
	$(BIN)/lint-imports

types: .venv/ready
	$(BIN)/mypy

unit: .venv/ready
	NO_SKIPPED_EXTRAS=1 $(BIN)/python -m pytest --numprocesses $(WORKERS) --dist worksteal

coverage: .venv/ready
	NO_SKIPPED_EXTRAS=1 $(BIN)/python -m pytest --numprocesses $(WORKERS) --cov --cov-report=term-missing:skip-covered

# Without the pages, whose figures are those of the newest scikit-learn.
test-oldest: .venv-oldest/ready
	.venv-oldest/bin/python -m pytest --numprocesses $(WORKERS) tests sklearn_xent

# --fresh-env: where only some pages are read anew, Sphinx forgets the words that the search knows.
docs: .venv-docs/ready
	.venv-docs/bin/python -m pytest --quiet docs README.md
	.venv-docs/bin/python -m sphinx --builder html --fresh-env --fail-on-warning --keep-going --jobs auto docs docs/_build/html
	@echo "The site: docs/_build/html/index.html"

test-engines: .venv-engines/ready
	NO_SKIPPED_EXTRAS=1 .venv-engines/bin/python -m pytest tests/project/test_engines.py

test-arrays: .venv-arrays/ready
	NO_SKIPPED_ARRAYS=1 .venv-arrays/bin/python -m pytest -m arrays tests docs

mutation: .venv/ready
	$(BIN)/python -m tests.support.mutate

bench: .venv/ready
	$(BIN)/python benchmarks/metrics.py
	$(BIN)/python benchmarks/scoring.py
	$(BIN)/python benchmarks/comparison.py
	$(BIN)/python benchmarks/stream.py

# Build both distributions, check them, and use the wheel with only what it requires.
dist: .venv-dist/ready
	rm -rf dist .venv-wheel
	.venv-dist/bin/python -m build
	.venv-dist/bin/python -m twine check --strict dist/*
	$(PYTHON) -m venv .venv-wheel
	.venv-wheel/bin/python -I -m pip install --quiet dist/*.whl
	.venv-wheel/bin/python -I tests/support/installed.py

clean:
	rm -rf .venv docs/_build docs/auto_examples docs/reference/generated docs/reference/uses \
		.venv-oldest .venv-engines .venv-arrays .venv-docs .venv-dist .venv-wheel build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis \
		.coverage .coverage.*
