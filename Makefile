# Every job has a target; `make help` lists them. The first one that needs Python builds .venv from constraints.txt.

PYTHON  ?= python3
PROFILE ?= bac-kan
ARCHIVE ?= data/archive.db
PORT    ?= 8001
ARGS    ?=

VENV  := .venv
STAMP := $(VENV)/.installed
BIN   := $(VENV)/bin
PEERS := .peers
CODE  := archive crawler tests bench

LOCKED := --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links

export PIP_DISABLE_PIP_VERSION_CHECK = 1
export PIP_ROOT_USER_ACTION = ignore
export PIP_NO_INPUT = 1
export PORTAL_ARCHIVE = $(ARCHIVE)

.DEFAULT_GOAL := help
.PHONY: help install venv demo test check format crawl update serve bench bench-extract bench-search fuzz docs peers browser screenshots lock clean

help: ## This list
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 18
	@echo "  Variables: PROFILE=$(PROFILE) ARCHIVE=$(ARCHIVE) PORT=$(PORT) PYTHON=$(PYTHON) ARGS='more options'"

install venv: $(STAMP) ## Build .venv from the locked versions

demo: $(STAMP) ## Crawl a replica of the portal on loopback and show the archive it leaves
	@$(BIN)/python -m bench.demo $(ARGS)

test: $(STAMP) ## Run every test
	$(BIN)/python -m pytest -n auto --dist loadfile $(ARGS)

check: $(STAMP) ## Format, lint, strict types, import floors, documents
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/ruff check $(CODE)
	$(BIN)/mypy --strict archive crawler
	$(BIN)/python -m pytest -q tests/test_floors.py tests/test_docs.py

format: $(STAMP) ## Format the code and sort its imports
	$(BIN)/ruff check --fix --quiet $(CODE) || true
	$(BIN)/ruff format $(CODE)

crawl: $(STAMP) ## Crawl the real portal, politely (PROFILE=..., ARCHIVE=...)
	@$(BIN)/portal-archive crawl --profile $(PROFILE) $(ARGS)

update: $(STAMP) ## Visit again what is due, and lists and feeds
	@$(BIN)/portal-archive update --profile $(PROFILE) $(ARGS)

serve: $(STAMP) ## Open the reading room on PORT
	@$(BIN)/portal-archive serve --port $(PORT) $(ARGS)

bench: $(STAMP) ## Print every figure (some minutes)
	@$(BIN)/python -m bench $(ARGS)

bench-search: $(STAMP) $(PEERS)/search/.installed ## Search: quality beside two engines, speed, size, hostile queries (ARGS='100000' or --quick)
	@$(BIN)/python -m bench.search $(ARGS)

bench-extract: $(STAMP) $(PEERS)/extractors/.installed ## Our extractor beside seven others (ARGS='folders of public benchmarks')
	@$(BIN)/python -m bench.extract $(ARGS)

fuzz: $(PEERS)/atheris/.installed ## Look for inputs that break extraction, led by what they reach (ARGS=-max_total_time=600)
	@$(PEERS)/atheris/bin/python -m bench.fuzz -max_total_time=60 $(ARGS)

docs: $(STAMP) ## Write the generated parts of docs/ anew
	$(BIN)/python -m tests.reference

peers: $(PEERS)/pywb/.installed $(PEERS)/wacz/.installed $(PEERS)/bagit/.installed ## Install the independent tools some tests compare with, each in its own environment

browser: $(PEERS)/browser/.installed ## Install Chromium (as root) and what drives it, for the tests of pages

screenshots: $(STAMP) browser ## Pictures of every page of the site, in both languages, to look at
	@$(BIN)/python -m tests.browser $(ARGS)

lock: $(PEERS)/uv/.installed ## Resolve the dependencies anew into constraints.txt and deploy/ (ARGS=--upgrade for newer versions)
	$(PEERS)/uv/bin/uv pip compile --quiet pyproject.toml --extra dev $(LOCKED) --output-file constraints.txt $(ARGS)
	$(PEERS)/uv/bin/uv pip compile --quiet pyproject.toml --extra parquet --constraint constraints.txt $(LOCKED) \
		--output-file deploy/requirements.txt
	@if grep -nE '^--|://' constraints.txt deploy/requirements.txt; then echo "a lock holds a download address; remove it"; exit 1; fi

clean: ## Remove what was built; data/ stays
	rm -rf $(VENV) $(PEERS) build bench/out demo .pytest_cache .mypy_cache .ruff_cache .hypothesis *.egg-info
	find $(CODE) -name __pycache__ -type d -prune -exec rm -rf {} +

# Makes a working environment at $(1). Debian's python3 comes without venv: as root it is installed, else the user is told.
# The lock lets two makes of one tree build it one after the other.
define environment
set -eu; mkdir -p $(1); exec 9>$(1)/.lock; flock 9; \
$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	|| { echo "Python 3.11 or newer is needed: $(PYTHON) is not. Name one with: make PYTHON=python3.11"; exit 1; }; \
if ! $(1)/bin/python -m pip --version >/dev/null 2>&1; then \
	if ! $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null; then \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
			echo "Installing python3-venv ..."; \
			{ apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y python3-venv; } >$(1)/.apt.log 2>&1 \
				|| { tail -n 3 $(1)/.apt.log; echo "python3-venv cannot be installed; install it, then run make again"; exit 1; }; \
		else echo "Python has no venv module: run 'sudo apt install python3-venv', then make again"; exit 1; fi; \
	fi; \
	$(PYTHON) -m venv $(1); \
fi
endef

$(STAMP): constraints.txt pyproject.toml
	@$(call environment,$(VENV)); \
	if [ $@ -nt constraints.txt ] && [ $@ -nt pyproject.toml ]; then exit 0; fi; \
	echo "Setting up $(VENV) from constraints.txt (once; a minute or two) ..."; \
	$(BIN)/python -m pip install -qq --require-hashes -r constraints.txt; \
	$(BIN)/python -m pip install -qq --no-deps --no-build-isolation --editable .; \
	touch $@

$(PEERS)/pywb/.installed: tests/peers.txt
	@$(call environment,$(PEERS)/pywb); \
	echo "Setting up pywb in $(PEERS)/pywb ..."; \
	$(PEERS)/pywb/bin/python -m pip install -qq -r tests/peers.txt; \
	touch $@

$(PEERS)/wacz/.installed: tests/wacz.txt
	@$(call environment,$(PEERS)/wacz); \
	echo "Setting up wacz in $(PEERS)/wacz ..."; \
	$(PEERS)/wacz/bin/python -m pip install -qq -r tests/wacz.txt; \
	touch $@

$(PEERS)/atheris/.installed: bench/fuzz.txt constraints.txt
	@$(call environment,$(PEERS)/atheris); \
	echo "Setting up the fuzzer in $(PEERS)/atheris ..."; \
	$(PEERS)/atheris/bin/python -m pip install -qq --require-hashes -r constraints.txt; \
	$(PEERS)/atheris/bin/python -m pip install -qq -r bench/fuzz.txt; \
	touch $@

$(PEERS)/search/.installed: bench/search_peers.txt
	@$(call environment,$(PEERS)/search); \
	echo "Setting up other search engines in $(PEERS)/search ..."; \
	$(PEERS)/search/bin/python -m pip install -qq -r bench/search_peers.txt; \
	touch $@

$(PEERS)/extractors/.installed: bench/extractors.txt
	@$(call environment,$(PEERS)/extractors); \
	echo "Setting up the other extractors in $(PEERS)/extractors (once; a minute or two) ..."; \
	$(PEERS)/extractors/bin/python -m pip install -qq --no-deps -r bench/extractors.txt; \
	touch $@

$(PEERS)/bagit/.installed:
	@$(call environment,$(PEERS)/bagit); $(PEERS)/bagit/bin/python -m pip install -qq bagit==1.9.0; touch $@

$(PEERS)/uv/.installed:
	@$(call environment,$(PEERS)/uv); $(PEERS)/uv/bin/python -m pip install -qq 'uv>=0.9'; touch $@

$(PEERS)/browser/.installed: tests/browser/packages.txt
	@if ! command -v chromium >/dev/null; then \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
			echo "Installing chromium ..."; mkdir -p $(PEERS); \
			{ apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y chromium fonts-noto-core; } \
				>$(PEERS)/chromium.log 2>&1 || { tail -n 3 $(PEERS)/chromium.log; echo "chromium cannot be installed"; exit 1; }; \
		else echo "Chromium is missing: run 'sudo apt install chromium', then make again"; exit 1; fi; \
	fi; \
	$(call environment,$(PEERS)/browser); \
	echo "Setting up playwright in $(PEERS)/browser ..."; \
	$(PEERS)/browser/bin/python -m pip install -qq -r tests/browser/packages.txt; \
	touch $@
