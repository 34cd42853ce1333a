# Two commands matter: `make run` shows a report travel from a source to a lead; `make test` proves the parts.
# Both do all set-up by themselves and are quick the second time.
SHELL := /bin/bash
PYTHON := .venv/bin/python
TOR ?= private
COVERAGE_FLOOR := 98
export PYTHONDONTWRITEBYTECODE := 1

.PHONY: help run test test-long lint types contracts texts bench lock setup-run setup-test setup-desk desk format

help:
	@echo "make run              a whole rehearsal on a private Tor network (nothing leaves this machine)"
	@echo "make run TOR=public   the same over the real Tor network"
	@echo "make test             lint, types, import contracts and all tests (about 15 minutes on 2 cores)"
	@echo "make test-long        mutants, members over 4 GiB, long fault runs (about 30 minutes)"
	@echo "make desk             what goes onto the laptop of the desk: a Debian package and single files, in dist/"
	@echo "make bench            measurements side by side, written to bench/results.json"
	@echo "make texts            for translators: brings all languages in step with the pages, and checks them"
	@echo "make lint types       the two gates alone;  make format, make lock for developers"

setup-run:
	@/usr/bin/python3 deploy/setup.py run

setup-test:
	@/usr/bin/python3 deploy/setup.py test

setup-desk:
	@/usr/bin/python3 deploy/setup.py desk

# The newest commit, not what lies beside it; the same commit gives the same bytes.
desk: setup-desk
	@.setup/desk-tools/bin/python -m deploy.desk

run: setup-run
	@$(PYTHON) -m deploy.rehearsal --tor $(TOR)

lint: setup-test
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .

types: setup-test
	$(PYTHON) -m mypy

contracts: setup-test
	.venv/bin/lint-imports

texts: setup-test
	@$(PYTHON) -m deploy.texts
	$(PYTHON) -m pytest -q -p no:cacheprovider tests/intake/source/test_translations.py tests/reviewer/test_letter_templates.py

# Two at a time; tests of one file, which share a private Tor network and a door, one after the other.
test: lint types contracts
	rm -f .coverage .coverage.*
	$(PYTHON) -m pytest -q -n 2 --dist worksteal -m "not long and not tor and not browser" --cov --cov-report=
	$(PYTHON) -m pytest -q -n 2 --dist loadfile -m "(tor or browser) and not long" --cov --cov-append --cov-report=
	$(PYTHON) -m coverage report --include='keys/*' --fail-under=100
	$(PYTHON) -m coverage report --fail-under=$(COVERAGE_FLOOR)

test-long: setup-test
	$(PYTHON) -m pytest -q -m long -n 2 --dist worksteal

bench: setup-test
	$(PYTHON) -m bench

format:
	$(PYTHON) -m ruff format .
	$(PYTHON) -m ruff check --fix .

LOCK := .venv/bin/uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url -q
EXTRA := --no-emit-package khomo --no-emit-package khomo-opening -c requirements/build.lock
lock:
	$(LOCK) requirements/build.in -o requirements/build.lock
	$(LOCK) requirements/desk-build.in -c requirements/build.lock -o requirements/desk-build.lock
	$(LOCK) $(EXTRA) --all-extras pyproject.toml -o requirements/dev.lock
	$(LOCK) $(EXTRA) --extra intake --extra reviewer --extra caselog --extra rehearsal pyproject.toml \
	    -c requirements/dev.lock -o requirements/run.lock
	$(LOCK) $(EXTRA) --extra intake pyproject.toml -o requirements/intake.lock
	$(LOCK) $(EXTRA) --extra reviewer --extra caselog pyproject.toml -o requirements/desk.lock
	$(LOCK) $(EXTRA) --extra reviewer --extra courier pyproject.toml -o requirements/courier.lock
	$(LOCK) $(EXTRA) --extra intake --extra leaflet pyproject.toml -o requirements/leaflet.lock
