# make demo   the main job on the source article     make test   tests, lint, types
# make bench  speed side by side                     make model  learn the weights again from the corpus
# make compiled   a wheel whose busiest modules are compiled
# make soak   the batch desk killed 30 times over 500 sources, its memory over 5,000, a cluster whose workers are killed
#             10 times over 20,000, readers and rules fuzzed (an hour and a half)
PYTHON ?= python3
BIN := .venv/bin
OUT := out
STAMP := .venv/.stamp

.PHONY: demo test bench compiled soak model lock clean

demo: $(STAMP)
	@mkdir -p $(OUT)
	@$(BIN)/releve show corpus/provence-ia-2025.txt --json $(OUT)/provence-ia-2025.json

test: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest

bench: $(STAMP)
	OMP_NUM_THREADS=1 $(BIN)/python -m benchmarks.bench

# Through an sdist, for the compiler leaves its files beside the sources.
compiled: $(STAMP)
	$(BIN)/python -m hatchling build -t sdist -d $(OUT)
	HATCH_BUILD_HOOK_ENABLE_MYPYC=1 $(BIN)/python -m pip wheel --no-deps --no-build-isolation -w $(OUT) $(OUT)/releve-*.tar.gz

soak: $(STAMP)
	$(BIN)/python -m benchmarks.soak --memory 5000
	$(BIN)/python -m benchmarks.cluster_soak
	$(BIN)/python -m pip install --quiet --disable-pip-version-check "atheris>=3,<4"
	OMP_NUM_THREADS=1 $(BIN)/python -m benchmarks.fuzz --minutes 30

model: $(STAMP)
	OMP_NUM_THREADS=1 $(BIN)/python -m pipeline.training recogniser
	OMP_NUM_THREADS=1 $(BIN)/python -m pipeline.training entities
	OMP_NUM_THREADS=1 $(BIN)/python -m pipeline.training choices

# Anew when the lock or the project's own description changes.
$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Relevé needs Python 3.11 or later")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $(STAMP)

lock:
	uv pip compile pyproject.toml --group dev --universal --generate-hashes --no-emit-index-url --no-annotate --no-header -o requirements.lock

clean:
	rm -rf .venv $(OUT) build dist *.egg-info
