# Each target sets up .venv by itself and can be run again at any time.
PYTHON ?= python3
BIN := .venv/bin
PYTEST := $(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder
NBVAL := --nbval --nbval-current-env --nbval-cell-timeout=600 --nbval-sanitize-with tests/nbval_sanitize.cfg
export TF_CPP_MIN_LOG_LEVEL ?= 3
export PYTHONDONTWRITEBYTECODE ?= 1

.PHONY: help book pdf test test-machines test-colab lab fuzz bench notebooks slides lock set-repository clean venv

help:  ## show this list
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 18

book: venv  ## execute the chapters and build the pages
	@$(BIN)/python tools/build_book.py

pdf: book  ## the whole book as one PDF; needs Chromium and qpdf
	@$(BIN)/python tools/pdf.py

test: book  ## unit tests, every chapter compared with its stored output, the pages in Chromium
	@$(BIN)/ruff check --quiet . && $(BIN)/ruff format --check --quiet .
	@$(PYTEST) $(NBVAL) tests book

test-machines: venv  ## the chapters as other processors, other kernels, other threads and other seeds run them
	@$(BIN)/python tools/machines.py $(if $(MACHINES),--only $(MACHINES) --) $(CHAPTERS)

test-colab: venv  ## the chapters with the versions that Google Colab has
	@$(BIN)/python tools/colab.py

slides: venv  ## a deck of slides from a chapter, as in make slides CHAPTER=2
	@$(BIN)/python tools/slides.py $(CHAPTER)

lab: venv  ## open the chapters in JupyterLab
	@$(BIN)/jupyter lab book

fuzz: venv  ## damage every kind of file that is read, 2,250 times: none may get past without a word
	@$(BIN)/python tools/fuzz.py --each 150

bench: venv  ## time the NumPy layers beside Keras, and the feeding beside the notebook's
	@$(BIN)/python tools/bench.py
	@$(BIN)/python tools/bench_training.py

notebooks: venv  ## execute the chapters and write their text outputs back
	@$(BIN)/python tools/notebooks.py $(CHAPTERS)

lock: venv  ## resolve pyproject.toml anew into requirements.lock and environment.yml
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python tools/lock.py

set-repository: venv  ## write the public address everywhere: origin's, or URL=https://github.com/OWNER/NAME, or URL=none
	@$(BIN)/python tools/repository.py $(URL)

clean:  ## remove what was built; .venv stays
	rm -rf _build book/vendor_static/vendor tools/npm/node_modules

venv:
	@$(PYTHON) tools/setup_venv.py
