# The menu. Every target sets up .venv by itself when it is missing or the lock changed.
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
PYTHON ?= python3
CLUSTER ?=
ROOM ?= land
ARGS ?=
RUN := .venv/bin/industrieruimte
READY := .venv/.ready

.PHONY: help
help: ## show this menu
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or later is needed; name one with: make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { echo "this Python cannot make a virtual environment; install python3-venv first"; exit 1; }
	rm -rf .venv
	$(PYTHON) -m venv .venv
	.venv/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	.venv/bin/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

.PHONY: demo
demo: $(READY) ## set up, run the embedded example, and show what came out
	@$(RUN) run --config config/proefpolder --outputs outputs $(ARGS)

.PHONY: layers
layers: $(READY) ## run the whole line on the project in config/
	@$(RUN) run $(ARGS)

.PHONY: cluster
cluster: $(READY) ## run one cluster: make cluster CLUSTER=westhaven
	@$(RUN) run --cluster "$(CLUSTER)" $(ARGS)

.PHONY: acquire
acquire: $(READY) ## check the files at the gate and pin them in sources.lock
	@$(RUN) acquire $(ARGS)

.PHONY: harmonise
harmonise: $(READY) ## bring every source into our layers, in RD New
	@$(RUN) harmonise $(ARGS)

.PHONY: resolve
resolve: $(READY) ## say who holds each part of each plot, until when
	@$(RUN) resolve $(ARGS)

.PHONY: constrain
constrain: $(READY) ## draw where each reason applies
	@$(RUN) constrain $(ARGS)

.PHONY: overlay
overlay: $(READY) ## cut holdings by zones into pieces
	@$(RUN) overlay $(ARGS)

.PHONY: assess
assess: $(READY) ## judge every piece for every activity, year and case
	@$(RUN) assess $(ARGS)

.PHONY: assemble
assemble: $(READY) ## join usable pieces into sites
	@$(RUN) assemble $(ARGS)

.PHONY: balance
balance: $(READY) ## draw up the accounting
	@$(RUN) balance $(ARGS)

.PHONY: publish
publish: $(READY) ## write the GeoPackages and figures.csv
	@$(RUN) publish $(ARGS)

.PHONY: status
status: $(READY) ## say what is stale, and because of which input
	@$(RUN) status $(ARGS)

.PHONY: test
test: $(READY) ## set up and run the tests
	.venv/bin/pytest $(ARGS)

.PHONY: check
check: $(READY) ## style, types, imports and spelling
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy
	.venv/bin/lint-imports
	.venv/bin/codespell

.PHONY: mutants
mutants: $(READY) ## change a room in 40 places, one at a time, and see whether a test fails: make mutants ROOM=land
	.venv/bin/python tools/mutants.py "$(ROOM)" $(ARGS)

.PHONY: docs
docs: $(READY) ## write the data dictionary and a page per rule anew
	@$(RUN) describe --config config/proefpolder --pages docs

.PHONY: web
web: $(READY) ## bring in the pinned map library of the report (needs npm)
	.venv/bin/python tools/bring_in_web.py

.PHONY: lock
lock: $(READY) ## pin the dependencies anew in requirements.lock
	.venv/bin/pip-compile --quiet --generate-hashes --allow-unsafe --extra dev --no-emit-index-url --no-emit-find-links --strip-extras --output-file requirements.lock pyproject.toml

.PHONY: clean
clean: ## remove results and caches, keep .venv
	rm -rf outputs .pytest_cache .mypy_cache .ruff_cache .hypothesis build *.egg-info
