# Every target makes what it needs, .venv included, and does nothing twice.
# `make help` lists targets and variables.

PYTHON     ?= python3
DATA       ?= https://storage.googleapis.com/quickdraw_dataset
CATEGORIES ?= ten
SAMPLES    ?= 20000
ARCH       ?= mlp
EPOCHS     ?=
TEACHER    ?=
SEED       ?= 0
DEVICE     ?= auto
HOST       ?= 127.0.0.1
PORT       ?= 8000
OUT        ?= site
URL        ?=
INPUTS     ?= 100000
MINUTES    ?= 10
# `make train export serve` serves what it has just made; `make serve` alone lets the server choose
MODEL      ?= $(if $(filter train export,$(MAKECMDGOALS)),$(ARCH))

NAME := $(or $(MODEL),$(ARCH))
PY   := .venv/bin/python
SOURCE := --data '$(DATA)' --samples $(SAMPLES)

.PHONY: help serve site wheel train export test test-fast coverage test-ray fuzz soak bench robustness report ablation triton screenshot lint lint-web clean
.DEFAULT_GOAL := help

help:
	@echo 'make serve       serve the models of models/ on http://$(HOST):$(PORT)'
	@echo 'make site        the page and its models as a folder for any host of files: $(OUT)'
	@echo 'make train       train a recogniser: models/NAME.pt'
	@echo 'make export      models/NAME.pt -> models/NAME.onnx, and compare their bits'
	@echo 'make wheel       the library, the server, the page and the models as one file for pip: dist/'
	@echo 'make test        run all tests'
	@echo 'make test-fast   run those that take less than a minute together'
	@echo 'make coverage    the lines that no test without a browser runs'
	@echo 'make test-ray    run those that need Ray, which it installs'
	@echo 'make fuzz        damaged pictures and JSON at the server, INPUTS of them'
	@echo 'make soak        a mixed load at a real server for MINUTES'
	@echo 'make bench       measure the server beside a constant answer, as ratios; RIVALS=folder: a venv of other servers'
	@echo 'make robustness  top-1 on pictures beside the same drawings as strokes; needs DATA with strokes'
	@echo 'make report      curves, confusion and heatmaps of a model: models/NAME/index.html'
	@echo 'make ablation    what each of the refinements gives: models/ablation/index.html'
	@echo 'make triton      models/ as a Triton model repository: build/triton/'
	@echo 'make screenshot  pictures of the page, for the README and for links to it'
	@echo 'make lint        ruff and mypy'
	@echo 'make lint-web    types and format of web/, by npx, where Node.js is'
	@echo 'make clean       remove .venv and what tools left behind'
	@echo
	@echo 'Variables, each with its value now:'
	@echo '  DATA=$(DATA)   a URL or folder laid out like that bucket, or synthetic'
	@echo '  CATEGORIES=$(CATEGORIES)   ten, all, or names with commas: "cat,dog,alarm clock"'
	@echo '  SAMPLES=$(SAMPLES)   drawings of each category, at most'
	@echo '  ARCH=$(ARCH)   mlp, cnn or wide (a teacher)'
	@echo '  EPOCHS=$(EPOCHS)   empty: what suits ARCH'
	@echo '  TEACHER=$(TEACHER)   a checkpoint to learn from, such as models/wide.pt'
	@echo '  SEED=$(SEED)'
	@echo '  DEVICE=$(DEVICE)   auto, cpu or cuda'
	@echo '  HOST=$(HOST)'
	@echo '  PORT=$(PORT)'
	@echo '  OUT=$(OUT)   the folder that make site writes'
	@echo '  URL=$(URL)   where that will be, for the picture of links to it: https://example.org/doodle'
	@echo '  MODEL=$(MODEL)   name of the model to make or to answer by default; empty: ARCH, or the server chooses'
	@echo '  INPUTS=$(INPUTS)   MINUTES=$(MINUTES)   of make fuzz and make soak'
	@echo '  PYTHON=$(PYTHON)   makes .venv; 3.11 to 3.13'
	@echo 'The rest: $(PY) -m train --help, -m export --help, -m serve --help'

serve: .venv/serve
	$(PY) -m serve --host '$(HOST)' --port $(PORT) $(if $(MODEL),--model '$(MODEL)')

site: .venv/serve
	$(PY) -m serve.site '$(OUT)' $(if $(MODEL),--model '$(MODEL)') $(if $(URL),--url '$(URL)')

# large blocks stay with the process instead of going back to the kernel after every batch: about a fifth faster
train: .venv/train
	MALLOC_MMAP_THRESHOLD_=4000000000 MALLOC_TRIM_THRESHOLD_=8000000000 $(PY) -m train $(SOURCE) \
	  --categories '$(CATEGORIES)' --arch $(ARCH) --name '$(NAME)' --seed $(SEED) --device $(DEVICE) \
	  $(if $(EPOCHS),--epochs $(EPOCHS)) $(if $(TEACHER),--teacher '$(TEACHER)')

export: .venv/train
	$(PY) -m export 'models/$(NAME).pt' $(SOURCE)

wheel: .venv/serve
	$(PY) -m pip wheel --quiet --disable-pip-version-check --no-deps --wheel-dir dist .

test: .venv/dev
	$(PY) -m pytest

test-fast: .venv/dev
	$(PY) -m pytest -m 'not slow and not browser'

coverage: .venv/dev
	$(PY) -m pytest -m 'not browser' --cov=doodle --cov=serve --cov=train --cov=export --cov-report=term-missing:skip-covered

test-ray: .venv/dev .venv/cluster
	$(PY) -m pytest tests/serve/test_cluster.py

fuzz: .venv/dev
	$(PY) -m benchmarks.fuzz --inputs $(INPUTS)

soak: .venv/dev
	$(PY) -m benchmarks.soak --minutes $(MINUTES)

bench: .venv/dev
	$(PY) -m benchmarks.serving $(if $(RIVALS),--rivals '$(RIVALS)/bin/python')

robustness: .venv/train
	$(PY) -m benchmarks.robustness 'models/$(or $(MODEL),cnn).onnx' --data '$(DATA)'

report: .venv/train
	$(PY) -m train.report 'models/$(NAME).pt' $(SOURCE)

ablation: .venv/train
	$(PY) -m train.ablation $(SOURCE) --categories '$(CATEGORIES)' $(if $(EPOCHS),--epochs $(EPOCHS))

triton: .venv/serve
	$(PY) -m serve.triton

screenshot: .venv/dev
	$(PY) tests/web/screenshot.py tests/web/page.png
	$(PY) -m tests.web.preview web/preview.png

lint: .venv/dev
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy

lint-web:
	npx --yes @biomejs/biome@2.3.8 check
	npx --yes --package typescript@5.9.3 -- tsc --project web

clean:
	rm -rf .venv artefacts build dist node_modules *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis

# .venv/serve holds the server's packages alone; the others add theirs. Each stands for a finished installation.
.venv/serve: EXTRA :=
.venv/train: EXTRA := [train]
.venv/dev:   EXTRA := [dev]
.venv/cluster: EXTRA := [cluster]
.venv/train .venv/dev .venv/cluster: .venv/serve
.venv/serve .venv/train .venv/dev .venv/cluster: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' || \
	  { echo 'Python 3.11 to 3.13 is needed: make PYTHON=/path/to/python3.12 ...' >&2; exit 2; }
	test -x $(PY) || $(PYTHON) -m venv .venv
	$(PY) -m pip install --quiet --disable-pip-version-check --editable '.$(EXTRA)'
	@touch $@
