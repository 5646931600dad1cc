# didsms. `make run` and `make test` need Python 3.11 or newer and the package registries, no more.
SHELL := /bin/sh
.DEFAULT_GOAL := help

VENV := .venv
BIN := $(VENV)/bin
PYTHON := $(shell for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo $$python && break; done)

.PHONY: help run test coverage nightly lint format lock deploy-test drill upgrade-drill chaos soak bench ablation \
	scale screenshots docs sbom dist messages migration clean

help: ## Show this list.
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1|\2/' | \
		awk -F'|' '{ printf "%-20s %s\n", $$1, $$2 }'

run: $(VENV)/.installed ## Start everything on http://127.0.0.1:8000/ and keep its data in var/.
	@$(BIN)/python -m scripts.quickstart

test: $(VENV)/.installed-dev ## Run everything that CI runs.
	@$(BIN)/python -m scripts.check

coverage: $(VENV)/.installed-dev ## Measure what the tests run; fail below the threshold.
	@$(BIN)/python -m scripts.check --coverage

nightly: $(VENV)/.installed-dev ## Test what `make test` leaves out: further themes, details of pages, replaced migrations.
	@$(BIN)/python -m scripts.check --nightly

lint: $(VENV)/.installed-dev ## Run the linters, types, layers and templates only.
	@$(BIN)/python -m scripts.check --lint

format: $(VENV)/.installed-dev ## Format the Python code.
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format .

deploy-test: $(VENV)/.installed ## Build the image and run it behind each proxy (root, Debian; changes the machine).
	@$(BIN)/python -m scripts.deploy_test

drill: $(VENV)/.installed-dev ## Lose a machine and restore it elsewhere, on each database; print the figures.
	@DRILL_MESSAGES=400 $(BIN)/python -m scripts.check --drill

upgrade-drill: $(VENV)/.installed-dev ## Upgrade from the version before and roll back under traffic, on each database; print the figures.
	@$(BIN)/python -m scripts.check --upgrade-drill

chaos: $(VENV)/.installed-dev ## Let everything fail under traffic, by a seed (CHAOS_SEED, CHAOS_SECONDS), and check what was promised.
	@CHAOS_SECONDS=$${CHAOS_SECONDS:-120} $(BIN)/python -m scripts.check --chaos

soak: $(VENV)/.installed-dev ## Run the long tests: crashes, outages, fuzzing.
	@$(BIN)/python -m scripts.check --soak

bench: $(VENV)/.installed-dev ## Measure webhook, inbox and sender against the bare minimum, and with reports read beside.
	@$(BIN)/python -m bench
	@$(BIN)/python -m bench.beside_report

ablation: $(VENV)/.installed-dev ## Measure what each machinery of our own is worth.
	@$(BIN)/python -m bench.ablation

scale: $(VENV)/.installed-dev ## Measure every page and the search with a million messages.
	@$(BIN)/python -m bench.at_scale

screenshots: $(VENV)/.installed-dev ## Take the pictures of the docs from the running product.
	@$(BIN)/python -m scripts.screenshots

docs: $(VENV)/.installed-dev ## Build the documentation site in build/docs.
	@$(BIN)/python -m scripts.docs_site

sbom: $(VENV)/.installed-dev ## Write the bill of materials (CycloneDX) to dist/.
	@$(BIN)/python -m scripts.sbom

dist: $(VENV)/.installed-dev ## Write the files of a release to dist/: source, bill of materials, checksums.
	@$(BIN)/python -m scripts.release

messages: $(VENV)/.installed-dev ## Collect texts for translation and compile them.
	@$(BIN)/python -m scripts.translations --write

# It needs no settings: while developing, a secret key for the moment will do.
migration: $(VENV)/.installed-dev ## Write the migration for changed models: NAME=what_it_does.
	@ENV_FILE= DATABASE_URL= DEBUG=true $(BIN)/python manage.py makemigrations messaging $(if $(NAME),--name $(NAME))

lock: $(VENV)/.installed-dev ## Write requirements*.txt again from requirements*.in.
	@for name in requirements requirements-dev; do \
		$(BIN)/uv pip compile --quiet --generate-hashes --universal --python-version 3.11 \
			$$name.in -o $$name.txt || exit 1; done

clean: ## Remove what can be made again; var/ with your data stays.
	rm -rf $(VENV) build dist staticfiles shots htmlcov .coverage .mypy_cache .pytest_cache .ruff_cache \
		.import_linter_cache .hypothesis test-results
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.installed: requirements.txt
	@echo "Setting up $(VENV) (once) ..."
	@sh scripts/set_up.sh "$(VENV)" "$(PYTHON)" requirements.txt
	@touch $@

$(VENV)/.installed-dev: requirements.txt requirements-dev.txt
	@echo "Setting up the tools for development (once) ..."
	@sh scripts/set_up.sh "$(VENV)" "$(PYTHON)" requirements.txt requirements-dev.txt
	@touch $(VENV)/.installed $@
