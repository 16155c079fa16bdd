# `make` shows what there is. Everything is installed into .venv; nothing needs root.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help run run-aws test check fix lock docs tour bench superset browser clean

help: ## Show this
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(STAMP) ## Start everything; Ctrl-C stops it
	@$(BIN)/python -m portal.stack

run-aws: $(STAMP) ## The same with its environments in a simulated AWS account
	@$(BIN)/python -m simulator.stage.rehearsal

test: $(STAMP) browser ## Run the tests
	@failed=0; \
	$(BIN)/python -m pytest -q -n auto --maxprocesses 4 --dist worksteal -m "not alone" || failed=1; \
	$(BIN)/python -m pytest -q -m alone || failed=1; exit $$failed

check: $(STAMP) ## Run every check and count those that fail
	@PATH="$(CURDIR)/$(BIN):$$PATH" sh .ci/check

fix: $(STAMP) ## Correct what can be corrected by itself
	@$(BIN)/ruff check --fix --exit-zero --quiet .
	@$(BIN)/ruff format --quiet .
	-@$(BIN)/djlint --reformat --quiet analytics portal releases notebooks  # says 1 where it changed something

lock: $(STAMP) ## Compile requirements.txt from pyproject.toml anew
	@$(BIN)/uv pip compile --quiet --generate-hashes --universal --python-version 3.11 --no-annotate \
	  --no-emit-index-url --extra dev pyproject.toml -o requirements.txt
	@$(BIN)/python docker/requirements/compile.py

docs: $(STAMP) ## Write the generated pages of docs/
	@$(BIN)/python manage.py docs

tour: $(STAMP) browser ## Take the screenshots of the README anew
	@PORTAL_TOUR=1 $(BIN)/python -m pytest -q tests/journeys/test_tour.py

bench: $(STAMP) ## Measure, into bench/results/
	@$(BIN)/python -m bench

browser: ## Install Chromium for the browser tests, where this user may
	@sh .ci/browser

superset: $(STAMP) ## Install Apache Superset for itself, beside which `make bench` then measures the charts
	@$(BIN)/uv venv --quiet --clear var/peers/superset
	@$(BIN)/uv pip install --quiet --python var/peers/superset/bin/python -r bench/peers/superset.txt

clean: ## Remove caches; the state in var/ and .venv stay
	@rm -rf .pytest_cache .ruff_cache .mypy_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +

$(STAMP): requirements.txt
	@PYTHON="$(PYTHON)" sh .ci/install $(VENV)
	@touch $@
