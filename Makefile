# Each target sets up what it needs; a second call finds it there. Only Python 3.11 or newer with
# venv, git and make have to be on the machine.
#
#   make demo    the tour: two workflows whose dependencies clash, run on one agent
#   make test    every check: lint, types, layers, and all tests against real servers
#   make check   what to run before a commit: lint and the tests that need no server
#   make lint    ruff, mypy and the import rules
#   make bench   the benchmarks
#   make chaos   thousands of tasks while processes are killed
#
# VENV names another virtual environment, PYTHON another interpreter, ARGS options for the tool.

VENV ?= .venv
ARGS ?=
BIN := $(VENV)/bin
PROJECTS := pyproject.toml core/sdk/pyproject.toml
PIP := PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1 $(BIN)/python -m pip install --quiet

.PHONY: demo test check lint bench chaos servers
.DELETE_ON_ERROR:

demo: $(VENV)/.salt-runtime
	@$(BIN)/salt demo $(ARGS)

test: $(VENV)/.salt-dev servers lint
	$(BIN)/pytest --numprocesses 2 --dist loadfile $(ARGS)
	@echo "make test: lint, types, layers and tests passed."

check: lint
	$(BIN)/pytest tests/unit tests/contract $(ARGS)
	@echo "make check: lint, types, layers and the tests without servers passed."

lint: $(VENV)/.salt-dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.salt-dev
	$(BIN)/python -m benchmarks $(ARGS)

chaos: $(VENV)/.salt-dev servers
	$(BIN)/python -m tests.chaos $(ARGS)

servers:
	@tools/test-servers

$(VENV)/bin/python:
	python=$$(tools/find-python $(PYTHON)) && "$$python" -m venv $(VENV)

# What `make demo` needs: the platform with its console, and the SDK.
$(VENV)/.salt-runtime: $(PROJECTS) | $(VENV)/bin/python
	$(PIP) --editable '.[ui]' --editable core/sdk
	@touch $@

# The same with the tools of the dependency groups; pip before 25.1 has no --group.
$(VENV)/.salt-dev: $(PROJECTS) tools/dependency-group | $(VENV)/bin/python
	$(BIN)/python tools/dependency-group dev > $(VENV)/dev-requirements.txt
	$(PIP) --editable '.[ui]' --editable core/sdk --requirement $(VENV)/dev-requirements.txt
	@touch $@ $(VENV)/.salt-runtime
