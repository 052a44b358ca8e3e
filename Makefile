# make run   - a mail system in the foreground, rootless, on loopback high ports, in scratch/run
# make test  - lint, types, every test (at most 30 minutes on two cores); make check - a subset, under 3 minutes
# make bench - throughput, CPU and memory beside Postfix, then POP3 and IMAP beside Dovecot, each in one run
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
SYNC_BIN := $(abspath $(BIN))

.PHONY: run test check bench lint types clean

$(STAMP): pyproject.toml requirements.lock
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	touch $@

run: $(STAMP)
	$(BIN)/pymaster run scratch/run

lint: $(STAMP)
	$(BIN)/ruff check pymaster services tests benchmarks tools
	$(BIN)/ruff format --check pymaster services tests benchmarks tools

types: $(STAMP)
	$(BIN)/mypy

check: $(STAMP) lint types
	PATH="$(SYNC_BIN):$$PATH" $(BIN)/python -m pytest -m "not slow" tests/unit tests/arch tests/golden tests/contract

test: $(STAMP) lint types
	PATH="$(SYNC_BIN):$$PATH" $(BIN)/python -m pytest
	$(BIN)/python tests/interop/missing.py

bench: $(STAMP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r benchmarks/requirements.lock
	PATH="$(SYNC_BIN):$$PATH" $(BIN)/python -m benchmarks.compare
	PATH="$(SYNC_BIN):$$PATH" $(BIN)/python -m benchmarks.mailboxes

clean:
	rm -rf $(VENV) build dist *.egg-info scratch .mypy_cache .ruff_cache .pytest_cache .hypothesis
