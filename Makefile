# Two commands do everything: `make demo` and `make test`. The rest are their parts.

SWIFT ?= swift
# Every import names a target's own dependency; warnings are errors already (Package.swift).
STRICT = --explicit-target-dependency-import-check error
# With the Swift runtime linked in: the program starts in less time, calls it more cheaply, and needs no Swift where it goes.
# One set of flags for all: others would build every package again.
RELEASE = -c release --static-swift-stdlib $(STRICT) --product
PROGRAM = .build/release/signupd

.PHONY: demo demo-web test test-web deps build lint format clean nightly

demo: ## Install what is missing, build, and run the main job on the embedded default
	@scripts/install-dependencies.sh build
	@$(SWIFT) build $(RELEASE) signupd
	@scripts/demo.sh $(PROGRAM)

demo-web: ## The same in a browser: a sign-up page, with the mail that arrives beside it
	@scripts/install-dependencies.sh demo-web
	@$(SWIFT) build $(RELEASE) signupd
	@scripts/demo-web.sh $(PROGRAM)

test: deps ## Install what the tests need, build, and run every test on real servers
	$(SWIFT) build --build-tests $(STRICT)
	scripts/run-tests.sh

test-web: ## The sign-up page in a headless Chromium; longer than CI has time for
	@scripts/install-dependencies.sh browser
	$(SWIFT) build --product signupd $(STRICT)
	cd Tests/Examples && /usr/bin/python3 -B -m unittest browser.test_pages

deps: ## The Debian packages of the build and of the tests
	@scripts/install-dependencies.sh test

build: ## The release program
	@scripts/install-dependencies.sh build
	$(SWIFT) build $(RELEASE) signupd

check-metrics: ## Let Prometheus's own linter read the metrics of a running server
	@scripts/install-dependencies.sh metrics
	$(SWIFT) build $(STRICT)
	scripts/check-metrics.sh .build/debug/signupd

.PHONY: check-metrics install uninstall deb check-deb check-service docs
install: ## The program, its manual, completions and units, below PREFIX (/usr/local); DESTDIR and SYSCONFDIR as usual
	@PREFIX="$(PREFIX)" DESTDIR="$(DESTDIR)" SYSCONFDIR="$(SYSCONFDIR)" scripts/install.sh install "$(PROGRAM)"

uninstall: ## What `make install` put there, but for the settings
	@PREFIX="$(PREFIX)" DESTDIR="$(DESTDIR)" SYSCONFDIR="$(SYSCONFDIR)" scripts/install.sh uninstall "$(PROGRAM)"

deb: build ## A package for Debian 12, in dist/
	@scripts/install-dependencies.sh package
	rm -f dist/signupd_*.deb
	packaging/debian/build.sh "$(PROGRAM)" dist

check-deb: deb ## Lint the package, install it in a clean root without Swift, do the main job there, and purge it
	packaging/debian/check.sh dist/signupd_*.deb

check-service: deb ## Boot a clean Debian with the package, and look at the hardened service at work; as root
	packaging/debian/check-service.sh dist/signupd_*.deb

docs: ## The public API of the library targets as DocC archives, in .build/docs
	@scripts/install-dependencies.sh build
	$(SWIFT) build $(STRICT)
	@scripts/make-docs.sh

lint: ## Formatting, as CI checks it
	$(SWIFT) format lint --strict --recursive Package.swift Sources Tests Benchmarks

format: ## Formatting, mended
	$(SWIFT) format --in-place --recursive Package.swift Sources Tests Benchmarks

clean:
	rm -rf .build

.PHONY: chaos chaos-long chaos-defects fuzz test-tsan test-tsan-core test-asan
# A debug build: only there are the crash points. SEED=N makes other faults; the report goes to REPORTS, if that is set.
SEED ?= 41
REPORTS ?=
chaos: deps ## Break everything around the program for three minutes: no acknowledged signup may be lost
	$(SWIFT) build $(STRICT)
	.build/debug/Chaos --seed $(SEED) --people 1500 --kills 40 --mariadb-kills 3 --redis-kills 3 --commits 40 --stops 2 \
		--storms 2 $(if $(REPORTS),--report $(REPORTS)/chaos.md)
	.build/debug/Chaos --seed $(SEED) --crash-points $(if $(REPORTS),--report $(REPORTS)/chaos-crash-points.md)

chaos-long: deps ## The same with twenty thousand people: ten minutes
	$(SWIFT) build $(STRICT)
	.build/debug/Chaos --seed $(SEED) --people 20000 --kills 300 --mariadb-kills 30 --redis-kills 30 --commits 500 --stops 10 \
		--storms 15 $(if $(REPORTS),--report $(REPORTS)/chaos-long.md)

chaos-defects: deps ## Break the program on purpose, five ways, and see the chaos test name each
	$(SWIFT) build $(STRICT)
	SWIFT="$(SWIFT)" scripts/chaos-defects.sh

# Each target runs so long; an input that breaks one is left in .build-fuzz/found.
SECONDS ?= 60
fuzz: ## Feed every parser what nobody would write: SECONDS=60 for each
	@scripts/install-dependencies.sh build
	@SWIFT="$(SWIFT)" scripts/fuzz.sh $(SECONDS)

test-tsan: deps ## Every test under Thread Sanitizer
	SWIFT="$(SWIFT)" scripts/test-sanitized.sh thread

test-asan: deps ## Every test under Address Sanitizer, leaks included
	SWIFT="$(SWIFT)" scripts/test-sanitized.sh address

test-tsan-core: ## The tests of Wire, Threads and Signup under Thread Sanitizer: what CI has time for
	@scripts/install-dependencies.sh build
	SWIFT="$(SWIFT)" SIGNUPD_CORE_ONLY=1 scripts/test-sanitized.sh thread ThreadsTests CryptographyTests WireTests SignupTests

nightly: deps ## What is too long for every change; keeps a report of each part in Benchmarks/reports/nightly-DATE/
	scripts/nightly.sh

bench-privacy: deps ## Time what privacy mode makes look alike: with a quick hash, and with the default one (four minutes)
	$(SWIFT) build $(RELEASE) signupd
	$(SWIFT) build $(RELEASE) PrivacyTiming
	.build/release/PrivacyTiming --house embedded --memory 8 --iterations 1
	.build/release/PrivacyTiming --memory 8 --iterations 1
	.build/release/PrivacyTiming --signup-only

.PHONY: bench-privacy bench bench-quick bench-growth bench-build
BENCH = .build/release/Benchmarks --program $(PROGRAM)
bench-build: build
	@scripts/install-dependencies.sh bench
	for product in Benchmarks PromotionBaseline MailBaseline; do \
		$(SWIFT) build $(RELEASE) $$product || exit 1; done

bench: bench-build ## Every figure of the goals, beside what the parts can do alone: under fifteen minutes on two quiet cores
	$(BENCH) --reports Benchmarks/reports

bench-quick: bench-build ## The same in one short round, without a report: a look, no figure
	$(BENCH) --plan quick

bench-growth: bench-build ## verify with ten million members and signups: half an hour, 20 GB under /tmp, 16 GB of memory
	$(BENCH) --only growth --reports Benchmarks/reports --report-name bench-growth
