# Two commands: `make demo` and `make test`. Both do all set-up first, and start at once when it is done.

PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin

.PHONY: demo test test-ryu test-browser check bench soak setup golden clean

demo: setup
	@$(RUN)/clientpath run nearest_datacenter

test: setup check
	@$(RUN)/python -m pytest -n 2 --dist loadfile --ignore=tests/ryu --ignore=tests/browser

test-ryu: setup
	@$(RUN)/python -m machine.ryu_tree
	@$(RUN)/python -m pytest -v -rP tests/ryu

test-browser: setup
	@$(RUN)/pip install --quiet --disable-pip-version-check -e '.[browser]'
	@test -x /usr/bin/chromium || { echo "the pages are tested in Chromium: run 'sudo apt-get install -y chromium'"; exit 2; }
	@$(RUN)/python -m pytest tests/browser

check: $(VENV)/ready
	@$(RUN)/ruff check .
	@$(RUN)/ruff format --check .
	@$(RUN)/mypy

bench: setup
	@$(RUN)/python -m tests.bench

soak: setup
	@$(RUN)/python -m tests.soak

setup: $(VENV)/ready
	@$(RUN)/python -m machine.setup

$(VENV)/ready: pyproject.toml setup.py
	@echo "[set-up] Python packages into $(VENV)"
	@$(PYTHON) -m venv $(VENV) || { echo "set-up needs venv: run 'sudo apt-get install -y python3-venv'"; exit 2; }
	@$(RUN)/pip install --quiet --disable-pip-version-check -e '.[test]'
	@touch $@

clean:
	rm -rf $(VENV) build *.egg-info

golden: setup
	@$(RUN)/python -m tests.golden.make
	@$(RUN)/python -m tests.golden.printed
