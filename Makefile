# Two commands: `make matrix` and `make test`. Each does all the set-up that it needs.
.DEFAULT_GOAL := help
SHELL := /bin/bash
# The first that runs and that the locks are for.
PYTHON ?= $(shell for each in python3 python3.14 python3.13 python3.12 python3.11; do \
  $$each -I $(SUPPORTED) 2> /dev/null && echo $$each && break; done)
SUPPORTED := workflows/common/supported.py
VENV ?= .venv
BIN := $(VENV)/bin
CORES ?= $(shell $(BIN)/python -m workflows.common.cores)
REPRISE := $(BIN)/reprise
# make matrix VERBOSE=1: with Snakemake's own lines.
export REPRISE_VERBOSE ?= $(VERBOSE)
INSTALL := $(BIN)/python -m pip install --quiet --quiet --require-hashes
.PHONY: help setup matrix try plan why full show publish verify merge pack home history campaign retry rebuild benchmark docs test test-unit lint format lock schemas clean purge

help: ## list these commands
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: $(VENV)/.setup ## make .venv from its hash lock

$(VENV)/.tools: requirements/setup.lock
	@command -v $(or $(PYTHON),python3) > /dev/null || { \
	  echo "error: no python3 found; install Python 3.11 to 3.14 (on Debian: apt-get install python3)" >&2; exit 2; }
	@$(or $(PYTHON),python3) -I $(SUPPORTED)
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { \
	  test "$$(id -u)" = 0 && command -v apt-get > /dev/null && echo "installing $(notdir $(PYTHON))-venv …" && \
	  apt-get update -qq && apt-get install -y -qq $(notdir $(PYTHON))-venv > /dev/null; } || { \
	  echo "error: $(PYTHON) has no ensurepip; on Debian: sudo apt-get install $(notdir $(PYTHON))-venv" >&2; exit 2; }
	@echo "setting up $(VENV) …"
	@$(PYTHON) -m venv --clear $(VENV)
	@$(INSTALL) -r requirements/setup.lock
	@touch $@

$(VENV)/.setup: pyproject.toml $(VENV)/.tools
	@$(BIN)/python -m pip install --quiet --quiet --no-deps --no-build-isolation --no-index -e .
	@touch $@
	@echo "done; for reprise and snakemake themselves: source $(BIN)/activate"

$(VENV)/.test: requirements/test.lock $(VENV)/.setup
	@echo "setting up the tests' tools …"
	@$(INSTALL) -r requirements/setup.lock -r requirements/test.lock
	@touch $@

$(VENV)/.docs: requirements/docs.lock $(VENV)/.setup
	@echo "setting up the documentation's tools …"
	@$(INSTALL) -r requirements/setup.lock -r requirements/docs.lock
	@touch $@

matrix: setup ## set everything up, run the default experiment, print the matrix
	@$(REPRISE) matrix --cores $(CORES)

try: setup ## a first look in two minutes: the toy, seeded and not; config/try.yaml
	@$(REPRISE) matrix --configfile config/try.yaml --cores $(CORES)

plan: setup ## say how many runs, how long, how many gigabytes; CONFIG=config/why.yaml
	@$(REPRISE) plan $(CONFIG) --cores $(CORES)

why: setup ## variations, other CPUs, probes, the fewest settings, costs (an hour or two)
	@$(REPRISE) matrix --configfile config/why.yaml --cores $(CORES)

full: setup ## the same at the article's scale (hours)
	@$(REPRISE) matrix --configfile config/full.yaml --cores $(CORES)

show: setup ## print the finished matrix again
	@$(REPRISE) show

publish: setup ## report, records, locks, crate and sums as one zip; SIGN=key, TRACES=brief
	@$(REPRISE) publish --cores $(CORES) \
	  $(if $(TRACES),--traces $(TRACES)) $(if $(SIGN),--sign $(SIGN))

verify: setup ## check a publication and run its cells again here; REPORT=file.zip, CELLS=, STEPS=, SIGN=key, BY=name
	@test -n "$(REPORT)" || { echo "error: name a publication: make verify REPORT=file.zip" >&2; exit 2; }
	@$(REPRISE) verify "$(REPORT)" --cores $(CORES) \
	  $(if $(CELLS),--cells $(foreach cell,$(CELLS),'$(cell)')) $(if $(STEPS),--steps $(STEPS)) \
	  $(if $(REPEATS),--repeats $(REPEATS)) $(if $(ENGINE),--engine $(ENGINE)) \
	  $(if $(SIGNERS),--signers $(SIGNERS)) $(if $(filter yes,$(ACCEPT_LOCKS)),--accept-locks) \
	  $(if $(SIGN),--sign $(SIGN)) $(if $(BY),--by "$$BY")

merge: setup ## many machines in one matrix; FROM="here=results there=other.zip"
	@$(REPRISE) merge $(FROM) $(if $(SIGNERS),--signers $(SIGNERS))

pack: setup ## all that a bare GPU machine needs, in parts; CONFIG=, AWAY_PYTHON=3.12, PART_MB=60
	@$(REPRISE) pack $(if $(CONFIG),--configfile $(CONFIG)) \
	  $(if $(AWAY_PYTHON),--python $(AWAY_PYTHON)) $(if $(PART_MB),--part-mb $(PART_MB))

home: setup ## join and check what came home from there; FROM=folder
	@test -n "$(FROM)" || { echo "error: name what came home: make home FROM=folder" >&2; exit 2; }
	@$(REPRISE) home "$(FROM)"

campaign: setup ## run everything anew, in a lock, and compare with the last campaign; KEEP=30, PROFILE=slurm
	@$(REPRISE) campaign $(if $(PROFILE),--profile $(PROFILE),--cores $(CORES)) $(if $(KEEP),--keep $(KEEP)) \
	  $(if $(filter yes,$(WAIT)),--wait) \
	  $(if $(NOTIFY),--notify '$(NOTIFY)') $(if $(WEBHOOK),--webhook '$(WEBHOOK)')

history: setup ## what changed since the last campaign; the timeline in results/history.html
	@$(REPRISE) history

retry: setup ## run again what failed or could not run in the last experiment
	@$(REPRISE) retry --cores $(CORES)

rebuild: setup ## build every environment twice from scratch; fail unless the contents are equal
	@$(REPRISE) matrix --cores $(CORES) -- rebuilds

benchmark: setup ## how fast the suite is, as a table; LINES="trace noop", PAIRS=5, AGAINST=commit
	@AGAINST=$(AGAINST) $(BIN)/python -m performance $(LINES) $(if $(PAIRS),--pairs $(PAIRS))

docs: $(VENV)/.docs ## build the documentation into site/
	@NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build
	@echo "open site/index.html"

test: lint docs ## set everything up, pass the tests
	# One more at once than there are cores, for a test of a workflow waits half its time.
	$(BIN)/python -m pytest -n $$(( $(CORES) + 1 )) --dist loadscope --no-loadscope-reorder \
	  --durations=12 tests/workflow tests/conformance tests/torch tests/browser tests/unit

test-unit: $(VENV)/.test $(VENV)/.docs ## the unit tests alone, on another Python: PYTHON=python3.13 VENV=.venv3.13
	$(BIN)/python -m pytest -n $(CORES) --dist loadscope tests/unit

lint: $(VENV)/.test ## formatter, linters, type checker
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	$(BIN)/mypy
	$(BIN)/snakefmt --check Snakefile workflow workflows/rules

format: $(VENV)/.test ## format everything
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/snakefmt Snakefile workflow workflows/rules

lock: $(VENV)/.test ## write all hash locks again from the short lists beside them
	$(BIN)/python -m workflows.environments.lock

schemas: $(VENV)/.setup ## write the JSON Schemas from the models
	$(BIN)/python -m workflows.schemas

clean: ## remove results; keep history and published results; say what is left and how it goes
	find results -mindepth 1 -maxdepth 1 ! -name published ! -name history ! -name README.md -exec rm -rf {} +
	@echo "left: results/history, results/published; downloads, environments and images (make purge);" \
	      "$(VENV) (rm -r $(VENV))"

purge: ## free downloads, environments and images, say how much each freed; keep results
	@$(or $(wildcard $(BIN)/python),$(PYTHON)) -m workflows purge
