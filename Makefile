# Everything a person does with this checkout. Needs make, a POSIX shell and Python >= 3.11; the rest is pinned in
# requirements*.lock and goes into .venv. Only relative paths are used, so the checkout may live in "a folder".

SHELL := /bin/sh
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo up down clean test test-machine test-slow test-browser screenshots lint format rules bench campaign-bench model lock

# make PYTHON=/path/to/python3 chooses the Python, make demo ARGS=--json passes options on.
PYTHON ?=
ARGS ?=
BIN := .venv/bin
UV := .venv-lock/bin/uv
EXPORT := export --quiet --frozen --group build --no-emit-project --no-annotate --no-header

# A virtual environment holds absolute paths: one that was moved or copied here is not trusted.
HERE := $(shell pwd | cksum | cut -d' ' -f1)
READY := .venv/.ready-$(HERE)
RUNTIME := .venv/.runtime-$(HERE)
DEVELOPMENT := .venv/.development-$(HERE)
BROWSER := .venv/.browser-$(HERE)
CHROMIUM := /usr/bin/chromium
# Nor is one whose Python has been removed or upgraded away since.
_ := $(shell [ ! -e .venv ] || $(BIN)/python -c "import pip" 2>/dev/null || rm -f .venv/.ready-* .venv/.runtime-* .venv/.development-* .venv/.browser-*)

help: ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' Makefile

demo: $(RUNTIME) ## play a whole recovery on this machine and explain it
	@$(BIN)/recovery demo $(ARGS)

up: $(RUNTIME) ## start everything on this machine: database, engine, worker, console
	@$(BIN)/recovery up $(ARGS)

down: $(RUNTIME) ## stop what `make up` started; the data stays
	@$(BIN)/recovery down

clean: $(RUNTIME) ## remove the data folder, if it is ours and nothing runs in it
	@$(BIN)/recovery clean

test: lint ## lint, then every test but those of the three targets below
	@$(BIN)/python -m pytest -n 2 -m "not slow" --ignore=tests/architecture tests

test-machine: $(DEVELOPMENT) ## start, kill and take over the bundled servers as the owner of a data folder would
	@$(BIN)/python -m pytest tests/embedded $(ARGS)

test-slow: $(DEVELOPMENT) ## the tests that take minutes: more points of death, bursts, outages, the whole model
	@$(BIN)/python -m pytest -n 2 -m slow tests $(ARGS)

test-browser: $(BROWSER) ## play the pages in a real browser, Debian's Chromium
	@$(chromium)
	@$(BIN)/python -m pytest tests/browser $(ARGS)

screenshots: $(BROWSER) ## play one case in the browser and take the pictures of docs/images anew
	@$(chromium)
	@RECOVERY_SCREENSHOTS=1 $(BIN)/python -m pytest tests/browser/test_screenshots.py $(ARGS)

lint: $(DEVELOPMENT) ## style, types, import directions, rules of this repository
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/python -m mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m pytest -q tests/architecture

format: $(DEVELOPMENT) ## rewrite the code in the house style
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format .

rules: $(DEVELOPMENT) ## write docs/rules.md anew: where each rule of the runbook stands in the code
	@$(BIN)/python -m tests.tooling.rules_page

bench: $(DEVELOPMENT) ## measure, and print what docs/ quotes
	@for measure in bench/[a-z]*.py; do echo "== $$measure"; $(BIN)/python "$$measure" || exit 1; done

campaign-bench: $(DEVELOPMENT) ## what a policy rollout costs a person, at 1,000 to 100,000 people
	@$(BIN)/python bench/campaign.py $(ARGS)

model: $(DEVELOPMENT) ## explore every interleaving of a small world, and show that the invariants bite (two minutes)
	@$(BIN)/python -m tests.model $(ARGS)

lock: $(UV) ## resolve the dependencies of pyproject.toml anew
	@$(UV) lock --quiet
	@$(UV) $(EXPORT) --no-dev -o requirements.lock >/dev/null
	@$(UV) $(EXPORT) --group dev -o requirements-dev.lock >/dev/null
	@$(UV) $(EXPORT) --group dev --group browser -o requirements-browser.lock >/dev/null

$(RUNTIME): requirements.lock pyproject.toml
	@$(call install,requirements.lock)
	@touch $@

$(DEVELOPMENT): requirements-dev.lock requirements.lock pyproject.toml
	@$(call install,requirements-dev.lock)
	@touch $(RUNTIME) $@

$(BROWSER): requirements-browser.lock requirements-dev.lock requirements.lock pyproject.toml
	@$(call install,requirements-browser.lock)
	@touch $(RUNTIME) $(DEVELOPMENT) $@

$(UV):
	@$(find_python); "$$python" -m venv --clear .venv-lock
	@.venv-lock/bin/python -m pip install --quiet --only-binary :all: uv || { rm -rf .venv-lock; exit 1; }

# Sets $$python to the first Python that is new enough and can make environments, or says in one line what is missing.
define find_python
python=; too_bare=; \
for candidate in $(PYTHON) python3.13 python3.12 python3.11 python3.14 python3 python; do \
	"$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 || continue; \
	if "$$candidate" -c 'import ensurepip, venv' >/dev/null 2>&1; then python=$$candidate; break; fi; \
	too_bare=$$candidate; \
done; \
if [ -z "$$python" ] && [ -n "$$too_bare" ]; then \
	echo "$$too_bare cannot make virtual environments: its ensurepip is missing (Debian and Ubuntu: apt-get install python3-venv)." >&2; exit 1; \
elif [ -z "$$python" ]; then \
	echo "Python 3.11 or newer is needed and was not found; install it, or name it: make PYTHON=/path/to/python3 …" >&2; exit 1; \
fi
endef

# Installs Chromium where Debian's package manager can, or says in one line what is missing.
define chromium
if [ ! -x $(CHROMIUM) ]; then \
	sudo=; [ "$$(id -u)" = 0 ] || sudo="sudo -n"; \
	if ! command -v apt-get >/dev/null || ! $$sudo true 2>/dev/null; then \
		echo "$(CHROMIUM) was not found and cannot be installed from here (Debian: apt-get install chromium)." >&2; exit 1; \
	fi; \
	echo "Installing Chromium …" >&2; \
	$$sudo apt-get update -qq && DEBIAN_FRONTEND=noninteractive $$sudo apt-get install -y -qq --no-install-recommends chromium >/dev/null || exit 1; \
fi
endef

# The ready file is away while pip works, so an interrupted run is started over instead of trusted.
define install
if [ ! -e $(READY) ]; then \
	$(find_python); \
	echo "Preparing .venv (once, about 20 seconds) …" >&2; \
	"$$python" -m venv --clear .venv || exit 1; \
fi; \
rm -f .venv/.ready-*; \
$(BIN)/python -m pip install --quiet --disable-pip-version-check --only-binary :all: --require-hashes -r $(1) && \
$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e . && \
touch $(READY)
endef
