# Two commands do everything: `make demo` and `make test`. The rest are their parts.

SWIFT ?= swift
# Every import names a target's own dependency; warnings are errors already (Package.swift).
STRICT = --explicit-target-dependency-import-check error
PROGRAM = .build/release/signupd

.PHONY: demo test deps build lint format clean chaos chaos-long bench bench-quick bench-growth bench-build

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
	$(SWIFT) format lint --strict --recursive Package.swift Sources Tests Benchmarks

format: ## Formatting, mended
	$(SWIFT) format --in-place --recursive Package.swift Sources Tests Benchmarks

clean:
	rm -rf .build

# A debug build: only there are the crash points.
chaos: deps ## Break everything around the program for three minutes: no acknowledged signup may be lost
	$(SWIFT) build $(STRICT)
	.build/debug/Chaos --seed 41 --people 1500 --kills 40 --mariadb-kills 3 --redis-kills 3 --commits 40 --stops 2 --storms 2
	.build/debug/Chaos --seed 42 --crash-points

chaos-long: deps ## The same with twenty thousand people: half an hour
	$(SWIFT) build $(STRICT)
	.build/debug/Chaos --people 20000 --kills 300 --mariadb-kills 30 --redis-kills 30 --commits 500 --stops 10 --storms 15

bench-build:
	@scripts/install-dependencies.sh bench
	for product in signupd Benchmarks PromotionBaseline MailBaseline; do \
	    $(SWIFT) build -c release --product $$product $(STRICT) || exit 1; done

bench: bench-build ## Every figure of the goals, beside what the parts can do alone: under fifteen minutes on two quiet cores
	.build/release/Benchmarks --reports Benchmarks/reports

bench-quick: bench-build ## The same in one short round, without a report: a look, no figure
	.build/release/Benchmarks --plan quick

bench-growth: bench-build ## verify with ten million members and signups: half an hour, 12 GB under /tmp
	.build/release/Benchmarks --only growth --reports Benchmarks/reports --report-name bench-growth
