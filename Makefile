# make run    start the service, show a discovery call and a first card (only python3 with pip and venv needed)
# make test   lint, types, architecture, tests
# make lint   the same without the tests
# make kill   kill the service and PostgreSQL some hundred times under load, and count what was lost
# make fuzz   bad input for hours: charts, envelopes, tokens, the OpenAPI document, coverage-guided bytes
# make bench  how fast, as ratios within one run
# make screenshots  pictures of the pages for the README, in deploy/screenshots/
# make peers  install the peers that make bench compares with, in an environment of their own
# make soak   load for forty minutes, then overload, slow clients and a dead FHIR server, with a page of figures
# make lock   write deploy/locks/ anew from pyproject.toml
# make sbom   write var/sbom.json, the software bill of materials of what runs
# make schemas  write cds_service/schemas/ anew from the protocol types

PYTHON ?= python3
BIN := .venv/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check
# No address of a package index in a lock file: each place uses its own.
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-header --upgrade

.PHONY: run test kill lint fuzz bench peers soak lock schemas sbom screenshots clean

.venv/bin/python:
	$(PYTHON) -m venv .venv

# What the service needs to run, and no more.
.venv/run.stamp: deploy/locks/run.txt pyproject.toml | .venv/bin/python
	$(INSTALL) --require-hashes --requirement deploy/locks/run.txt
	$(INSTALL) --no-deps --no-build-isolation --editable .
	touch $@

# What its developers need as well.
.venv/dev.stamp: deploy/locks/dev.txt .venv/run.stamp
	$(INSTALL) --require-hashes --requirement deploy/locks/dev.txt
	touch $@

.venv: .venv/dev.stamp
.PHONY: .venv

run: .venv/run.stamp
	@bash deploy/try-it.sh

lint: .venv/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: lint
	$(BIN)/pytest --numprocesses 2 --dist loadfile

# TEST_KILLS: of the service, on each database; PostgreSQL itself is killed a fifth as often.
kill: .venv/dev.stamp
	TEST_KILLS=$${TEST_KILLS:-200} $(BIN)/pytest -s tests/store/test_kills.py

# FUZZ_EXAMPLES: of each property; FUZZ_RUNS: of the coverage-guided fuzzer. `make test` runs a share of both.
fuzz: .venv/dev.stamp
	FUZZ_EXAMPLES=$${FUZZ_EXAMPLES:-20000} FUZZ_RUNS=$${FUZZ_RUNS:-1000000} \
		$(BIN)/pytest --numprocesses 2 tests/fuzz tests/security/test_mutated_tokens.py \
		tests/security/test_plain_text.py tests/security/test_machines.py

bench: .venv/dev.stamp
	$(BIN)/python -m tests.bench

# Only `make bench` looks for them; without them it says "not installed".
peers:
	$(PYTHON) -m venv var/peers
	var/peers/bin/python -m pip install --quiet --disable-pip-version-check healthchain granian

# SOAK_SECONDS: of the steady part; what looks for growth takes three times as long, the others a minute at most.
# SOAK_PHASES: those alone, as in `make soak SOAK_PHASES="sick-tenant overload"`; the page keeps what it has of the others.
soak: .venv/dev.stamp
	$(BIN)/python -m tests.soak $${SOAK_SECONDS:-600} $(SOAK_PHASES)

# What runs takes its versions from what is tested.
lock: .venv/dev.stamp
	$(LOCK) --extra dev pyproject.toml --output-file deploy/locks/dev.txt
	printf 'hatchling\neditables\n' | $(LOCK) --extra insights --extra population --extra traces pyproject.toml - \
		--constraints deploy/locks/dev.txt --output-file deploy/locks/run.txt

screenshots: .venv/dev.stamp
	$(BIN)/python -m tests.pages.screenshots

schemas: .venv/run.stamp
	$(BIN)/python -m cds_service.published

# From the lock of what runs: nothing of the developers is in it.
sbom: .venv/dev.stamp
	mkdir -p var
	$(BIN)/cyclonedx-py requirements deploy/locks/run.txt --pyproject pyproject.toml \
		--output-reproducible --of JSON --output-file var/sbom.json

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
