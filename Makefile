# One command a line below; each sets up .venv by itself and can be run again at any time.
PYTHON ?= python3
BIN := .venv/bin
export TF_CPP_MIN_LOG_LEVEL ?= 3

.PHONY: help venv book test test-colab lab bench lock notebooks set-repository clean

help:  ## show the commands
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 18

venv:
	@$(PYTHON) tools/setup_venv.py

lock:  ## resolve pyproject.toml anew into requirements.lock and environment.yml
	@$(BIN)/python tools/lock.py
