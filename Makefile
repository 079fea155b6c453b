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
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@printf '\n  verbs, with ARGS="..." (see README.md): %s\n' "$(STAGES) $(QUESTIONS)" | fold -s -w 100

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) tools/set_up.py
	@touch $@

# Verbs of the command line are targets: make explain ARGS=WH-0012. `check` and `clean` are not: those are about the code.
STAGES := $(shell sed -n 's/^        name="\([a-z]*\)",$$/\1/p' pipeline/line/__init__.py)
QUESTIONS := $(filter-out __init__ check clean $(STAGES),$(basename $(notdir $(wildcard pipeline/cli/commands/*.py))))
.PHONY: $(STAGES) $(QUESTIONS)
$(STAGES) $(QUESTIONS): $(READY)
	@$(RUN) $@ $(ARGS)

demo: ## set up, run the embedded example, and show what came out

.PHONY: layers
layers: run ## run the whole line on the project in config/

.PHONY: cluster
cluster: $(READY) ## run one cluster: make cluster CLUSTER=westhaven
	@$(RUN) run --cluster "$(CLUSTER)" $(ARGS)

.PHONY: check-input
check-input: $(READY) ## check cards and source files, without running
	@$(RUN) check $(ARGS)

.PHONY: clean-confidential
clean-confidential: $(READY) ## remove what holds contracts in clear from a folder of results
	@$(RUN) clean --confidential $(ARGS)

.PHONY: test
test: $(READY) ## set up and run the tests, on all processors
	.venv/bin/pytest -n auto --dist loadfile $(ARGS)

.PHONY: check
check: $(READY) ## check the code: style, types, rooms, spelling, code that nothing reaches
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/mypy
	.venv/bin/lint-imports
	.venv/bin/codespell
	.venv/bin/vulture

.PHONY: mutants
mutants: $(READY) ## change a room in 40 places, and see whether tests fail: make mutants ROOM=land
	@.venv/bin/pip install --quiet --disable-pip-version-check "mutmut==3.8.1"  # not in the lock: its parser has no pinned build for 3.13
	.venv/bin/python tools/mutants.py "$(ROOM)" $(ARGS)

.PHONY: profile
profile: $(READY) ## run the example anew, and show per stage CPU, memory and what weighs most
	.venv/bin/python tools/profile_line.py $(ARGS)

.PHONY: docs
docs: $(READY) ## write the pages of layers, rules, cards (with schemas), commands and checks anew
	@$(RUN) describe --config config/proefpolder --pages docs
	.venv/bin/python tools/list_commands.py README.md
	.venv/bin/python tools/list_truth.py docs/truth.md

.PHONY: web
web: $(READY) ## bring in the pinned map library of the report (needs npm)
	.venv/bin/python tools/bring_in_web.py

.PHONY: lock
lock: $(READY) ## pin the dependencies anew in requirements.lock
	.venv/bin/pip-compile --quiet --generate-hashes --allow-unsafe --extra dev --no-emit-index-url --no-emit-find-links --strip-extras --output-file requirements.lock pyproject.toml

.PHONY: clean
clean: ## remove results and caches, keep .venv
	rm -rf outputs .pytest_cache .mypy_cache .ruff_cache .hypothesis build dist *.egg-info
