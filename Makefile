# The commands of this project; `make help` lists them. CI calls the same ones.
PYTHON ?= python3
BIN := .venv/bin
NEEDED := Python 3.11, 3.12 or 3.13 is needed (try: make PYTHON=python3.11)

.DEFAULT_GOAL := help
.PHONY: bench clean help lint lock report slow test torture

help: ## list the targets
	@grep -E '^[.a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*##/:/' | awk -F': ' '{ printf "make %-8s %s\n", $$1, $$2 }'

.venv: .venv/stamp ## make the environment with the locked versions (PYTHON=python3.12 chooses the interpreter)

.venv/stamp: requirements.lock pyproject.toml hatch_build.py $(wildcard sim/engine/compiled/*.?pp sim/engine/compiled/*.h)
	@command -v $(PYTHON) >/dev/null || { echo "error: $(PYTHON) was not found; $(NEEDED)" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' || \
	{ echo "error: $(PYTHON) is $$($(PYTHON) --version 2>&1); $(NEEDED)" >&2; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

report: .venv/stamp ## run the five-route comparison; results and report.pdf in reports/five_routes
	$(BIN)/sim run scenarios/five_routes.yaml --out reports/five_routes

test: .venv/stamp ## check the floors, then run every fast test (COVERAGE=1: with branch coverage, half as fast again)
	$(BIN)/lint-imports
	$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder $(if $(COVERAGE),--cov --cov-report=term)

slow: .venv/stamp ## run the slow tests: full years, long queues
	$(BIN)/pytest -n 2 -m slow

lint: .venv/stamp ## ruff, mypy and the import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: .venv/stamp ## run the timings and print the ratios
	$(BIN)/pytest -m benchmark --no-cov -s benchmarks/bench_*.py

lock: .venv/stamp ## pin the newest versions that fit every supported Python, with hashes (needs uv on the PATH)
	uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --fork-strategy fewest \
	    --generate-hashes --no-strip-extras --no-emit-index-url --no-emit-find-links --no-annotate --no-header --quiet --output-file requirements.lock

torture: .venv/stamp ## thousands of mutated files and killed runs; writes docs/reliability.md
	$(BIN)/python benchmarks/torture.py

clean: ## remove the environment, caches and results
	rm -rf .venv .coverage* .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache build dist htmlcov
	find sim tests -name __pycache__ -type d -prune -exec rm -rf {} +
	find reports -mindepth 1 ! -path reports/README.md -delete
