# Two commands do everything: `make demo` and `make test`. The rest are their parts.

SWIFT ?= swift
# Every import names a target's own dependency; warnings are errors already (Package.swift).
STRICT = --explicit-target-dependency-import-check error
PROGRAM = .build/release/signupd

.PHONY: demo test deps build lint format clean

demo: ## Install what is missing, build, and run the main job on the embedded default
	@scripts/install-dependencies.sh build
	@$(SWIFT) build -c release --product signupd $(STRICT)
	@scripts/demo.sh $(PROGRAM)

test: deps ## Install what the tests need, build, and run every test on real servers
	$(SWIFT) build --build-tests $(STRICT)
	scripts/run-tests.sh

deps: ## The Debian packages of the build and of the tests
	@scripts/install-dependencies.sh test

build: ## The release program
	@scripts/install-dependencies.sh build
	$(SWIFT) build -c release --product signupd $(STRICT)

lint: ## Formatting, as CI checks it
	$(SWIFT) format lint --strict --recursive Package.swift Sources Tests

format: ## Formatting, mended
	$(SWIFT) format --in-place --recursive Package.swift Sources Tests

clean:
	rm -rf .build
