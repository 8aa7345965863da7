# Verbs for people. `make help` lists them; everything installs into this checkout.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: setup setup-dev demo test interrupts lint format bench synth deploy destroy verify-aws lock clean help

PYTHON ?= python3
VENV := .venv
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
unexport PYTHONPATH PYTHONHOME

APP_READY := $(VENV)/.app-ready
DEV_READY := $(VENV)/.dev-ready
KERNELS_READY := $(VENV)/.kernels-ready
KERNELS := $(wildcard linear_learner/*/kernels/*.py) \
  $(addprefix linear_learner/,compiled.py compile_all.py training/losses.py training/loss_kernels.py)
NODE_READY := node_modules/.package-lock.json
NOTEBOOK_READY := .venv-notebook/.ready

help: ## list the verbs
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(APP_READY) $(NODE_READY) $(KERNELS_READY) ## install what the app and the demo need, into this checkout

setup-dev: $(DEV_READY) $(NODE_READY) $(KERNELS_READY) $(NOTEBOOK_READY) # ... and what the tests and the linter need

demo: setup ## deploy on the embedded AWS, run one execution on all of MNIST, show the results
	@exec python -m local_aws run --parent $$PPID -- python -m cli demo

test: setup-dev ## run every test
	@python -m pytest -n 2 --dist loadgroup tests --ignore tests/notebook --ignore tests/interrupts
	@PYTHONPATH=. .venv-notebook/bin/python -m pytest -p no:cacheprovider tests/notebook

interrupts: setup-dev ## interrupt the demo at every moment, in three ways: nothing is left (10 minutes)
	@python -m pytest -n 3 --dist loadgroup tests/interrupts

lint: setup-dev ## check style, types, imports between rooms, and the template
	@ruff check .
	@ruff format --check .
	@basedpyright
	@lint-imports
	@python -m pytest -q -p no:cacheprovider tests/infra/test_template_lint.py

format: setup-dev # rewrite the code in the project's format
	@ruff check --fix .
	@ruff format .

bench: setup-dev ## measure the numbers that the README quotes, each beside its peer
	@for benchmark in benchmarks/[a-z]*.py; do python -m benchmarks.$$(basename $$benchmark .py); done

synth: setup ## write the CloudFormation template into cdk.out/
	@cdk synth --quiet

deploy: setup ## deploy into the account of your AWS credentials
	@cdk deploy

destroy: setup ## take the stack and its endpoints out of that account; the bucket stays
	@cdk destroy

verify-aws: setup ## deploy into a real account, run one rehearsal, destroy; costs some cents
	@python -m cli verify

lock: # resolve requirements*.in into requirements*.txt, with hashes
	@for name in requirements requirements-dev requirements-notebook; do \
	  uv pip compile --quiet --universal --python-version 3.11 --generate-hashes $$name.in -o $$name.txt; done
	@uv pip compile --quiet --universal --python-version 3.11 --generate-hashes lambdas/requirements.in -o lambdas/requirements.txt

clean: ## remove everything that make has put into this checkout
	@rm -rf $(VENV) .venv-notebook node_modules .cache cdk.out out .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(APP_READY): requirements.txt scripts/setup.sh
	@exec scripts/setup.sh "$@" "$^" environment $(VENV) requirements.txt "$(PYTHON)"

$(DEV_READY): requirements-dev.txt $(APP_READY)
	@exec scripts/setup.sh "$(APP_READY) $@" "$^" environment $(VENV) requirements-dev.txt "$(PYTHON)"

$(NODE_READY): package-lock.json | $(APP_READY)
	@exec scripts/setup.sh "$@" "$^" node $(VENV)

$(KERNELS_READY): $(KERNELS) $(APP_READY)
	@exec scripts/setup.sh "$@" "$^" kernels $(VENV)

$(NOTEBOOK_READY): requirements-notebook.txt | $(APP_READY)
	@exec scripts/setup.sh "$@" "$^" environment .venv-notebook requirements-notebook.txt "$(PYTHON)"
