# Two commands do everything: `make demo` and `make test`. The rest are their parts.

SWIFT ?= swift
# Every import names a target's own dependency; warnings are errors already (Package.swift).
STRICT = --explicit-target-dependency-import-check error
PROGRAM = .build/release/signupd

.PHONY: demo test deps build lint format clean chaos chaos-long chaos-defects bench-privacy check-metrics

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

check-metrics: ## Let Prometheus's own linter read the metrics of a running server
	@scripts/install-dependencies.sh metrics
	$(SWIFT) build $(STRICT)
	scripts/check-metrics.sh .build/debug/signupd

lint: ## Formatting, as CI checks it
	$(SWIFT) format lint --strict --recursive Package.swift Sources Tests

format: ## Formatting, mended
	$(SWIFT) format --in-place --recursive Package.swift Sources Tests

clean:
	rm -rf .build

# A debug build: only there are the crash points. SEED=N makes other faults; the report goes to REPORTS, if that is set.
SEED ?= 41
REPORTS ?=
chaos: deps ## Break everything around the program for three minutes: no acknowledged signup may be lost
	$(SWIFT) build $(STRICT)
	.build/debug/Chaos --seed $(SEED) --people 1500 --kills 40 --mariadb-kills 3 --redis-kills 3 --commits 40 --stops 2 \
		--storms 2 $(if $(REPORTS),--report $(REPORTS)/chaos.md)
	.build/debug/Chaos --seed $(SEED) --crash-points $(if $(REPORTS),--report $(REPORTS)/chaos-crash-points.md)

chaos-long: deps ## The same with twenty thousand people: half an hour
	$(SWIFT) build $(STRICT)
	.build/debug/Chaos --seed $(SEED) --people 20000 --kills 300 --mariadb-kills 30 --redis-kills 30 --commits 500 --stops 10 \
		--storms 15 $(if $(REPORTS),--report $(REPORTS)/chaos-long.md)

chaos-defects: deps ## Break the program on purpose, four ways, and see the chaos test name each
	$(SWIFT) build $(STRICT)
	SWIFT="$(SWIFT)" scripts/chaos-defects.sh

bench-privacy: deps ## Time what privacy mode makes look alike: with a quick hash, and with the default one (four minutes)
	$(SWIFT) build -c release --product signupd $(STRICT)
	$(SWIFT) build -c release --product PrivacyTiming $(STRICT)
	.build/release/PrivacyTiming --house embedded --memory 8 --iterations 1
	.build/release/PrivacyTiming --memory 8 --iterations 1
	.build/release/PrivacyTiming --signup-only
