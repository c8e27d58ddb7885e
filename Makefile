# Zongheng. `make demo` shows it, `make check` tests it; README.md tells the rest.
#
# Everything generated goes under $(BUILD). A build with other flags is the same Makefile called again with
# another BUILD and SAN (see asan, tsan), so flavours never mix.

BUILD  ?= build
CC     ?= gcc
OPT    ?= -O2
SAN    ?=
WERROR ?=
PREFIX ?= /usr/local
DESTDIR ?=
# The machine's own python3 need not have Debian's protobuf module.
PYTHON ?= /usr/bin/python3

PKGS_ROUTING := igraph libcrypto libxxhash zlib readosm
PKGS_SERVER  := libevent_core libpq libprotobuf-c libssl libcrypto inih jansson

WARN     := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith $(if $(WERROR),-Werror)
HARDEN   := $(if $(SAN),,-D_FORTIFY_SOURCE=2) -fstack-protector-strong -fPIE
CPPFLAGS += -D_GNU_SOURCE -Irouting -Iserver -I$(BUILD)/gen -I$(BUILD)/gen/include
CFLAGS   += -std=c11 $(OPT) -g -fno-strict-overflow $(WARN) $(HARDEN) $(SAN)
LDFLAGS  += -pie -Wl,-z,relro,-z,now $(SAN)
pkg_cflags = $(shell pkg-config --cflags $(1) 2>/dev/null)
pkg_libs   = $(shell pkg-config --libs $(1) 2>/dev/null)
# llhttp, the HTTP parser, comes as sources (Debian's node-llhttp) and is compiled in its strict mode.
LLHTTP   := /usr/share/llhttp
CPPFLAGS += -DLLHTTP_STRICT_MODE=1 -I/usr/share/include/llhttp
LIBS_ROUTING = $(call pkg_libs,$(PKGS_ROUTING)) -lmetis -lm
LIBS_SERVER  = $(call pkg_libs,$(PKGS_SERVER)) -lpthread

PROTOS   := $(wildcard proto/zongheng/v1/*.proto)
GEN_C    := $(PROTOS:proto/%.proto=$(BUILD)/gen/%.pb-c.c)
GEN_O    := $(GEN_C:.c=.o)
LLHTTP_O := $(patsubst %,$(BUILD)/gen/llhttp/%.o,api http llhttp)
GEN_H    := $(GEN_C:.c=.h) # named as targets, so that whoever includes one is compiled again

src = $(sort $(shell find $(1) -name '*.c' 2>/dev/null))
ROUTING_O := $(patsubst %.c,$(BUILD)/obj/%.o,$(call src,routing))
SERVER_O  := $(patsubst %.c,$(BUILD)/obj/%.o,$(filter-out server/main.c,$(call src,server)))
CLIENT_O  := $(patsubst %.c,$(BUILD)/obj/%.o,$(filter-out client/main.c,$(call src,client)))
LOAD_O    := $(patsubst %.c,$(BUILD)/obj/%.o,$(filter-out loadtest/main.c,$(call src,loadtest)))
HARNESS_O := $(BUILD)/obj/tests/harness/test.o
# A helper that several tests of one folder share stands beside them as tests/<folder>/<name>.c (no test_).
helpers    = $(patsubst %.c,$(BUILD)/obj/%.o,$(filter-out tests/$(1)/test_%,$(call src,tests/$(1))))
TESTS_R   := $(patsubst tests/%.c,$(BUILD)/tests/%,$(filter tests/routing/test_%,$(call src,tests/routing)))
TESTS_S   := $(patsubst tests/%.c,$(BUILD)/tests/%,$(filter tests/server/test_%,$(call src,tests/server)))
TESTS_C   := $(patsubst tests/%.c,$(BUILD)/tests/%,$(filter tests/client/test_%,$(call src,tests/client)))
TESTS_L   := $(patsubst tests/%.c,$(BUILD)/tests/%,$(filter tests/loadtest/test_%,$(call src,tests/loadtest)))

BINARIES  := $(BUILD)/zonghengd $(BUILD)/zongheng $(BUILD)/zongheng-load
NETWORK   := $(BUILD)/daye.net

.PHONY: all deps check demo run bench bench-serve bench-plan-load agree soak soak-serve overload badpeers faults mutants timing
.PHONY: asan tsan fuzz fuzzers fuzz-cover lint format install clean tests network
all: $(BINARIES) $(NETWORK)
tests: $(TESTS_R) $(TESTS_S) $(TESTS_C) $(TESTS_L) $(BUILD)/failalloc.so $(BUILD)/failcall.so $(BUILD)/failpoint.so $(BUILD)/json_filter $(BUILD)/make_nation
network: $(NETWORK)

# --- proto -> C -------------------------------------------------------------------------------------
$(GEN_C) $(GEN_H) &: $(PROTOS)
	@mkdir -p $(BUILD)/gen
	protoc-c -Iproto --c_out=$(BUILD)/gen $(PROTOS)
$(GEN_O): %.o: %.c
	$(CC) $(CPPFLAGS) -std=c11 $(OPT) -g $(HARDEN) $(SAN) -c -o $@ $<

$(LLHTTP_O): $(BUILD)/gen/llhttp/%.o: $(LLHTTP)/%.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) -std=c11 $(OPT) -g $(HARDEN) $(SAN) -c -o $@ $<

# --- C -> objects -----------------------------------------------------------------------------------
$(BUILD)/obj/%.o: %.c | $(GEN_C)
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) -Itests/harness $(CFLAGS) $(call pkg_cflags,$(PKGS_ROUTING) $(PKGS_SERVER)) -MMD -MP -c -o $@ $<

# At -O2 gcc leaves loops of unknown length scalar; those over road labels are worth their vectors.
$(BUILD)/obj/routing/road/%.o $(BUILD)/obj/routing/plan/label.o: CFLAGS += $(if $(findstring clang,$(CC)),,-fvect-cost-model=dynamic)

$(BUILD)/libzongheng.a: $(ROUTING_O)
	@rm -f $@
	ar rcs $@ $^
$(BUILD)/libserver.a: $(SERVER_O) $(GEN_O) $(LLHTTP_O)
	@rm -f $@
	ar rcs $@ $^
$(BUILD)/libclient.a: $(CLIENT_O)
	@rm -f $@
	ar rcs $@ $^

link = $(CC) $(LDFLAGS) -o $@ $(filter %.o %.a,$^) $(LIBS_ROUTING) $(1)
$(BUILD)/zonghengd: $(BUILD)/obj/server/main.o $(BUILD)/libserver.a $(BUILD)/libzongheng.a
	$(call link,$(LIBS_SERVER))
$(BUILD)/zongheng: $(BUILD)/obj/client/main.o $(BUILD)/libclient.a $(BUILD)/libserver.a $(BUILD)/libzongheng.a
	$(call link,$(LIBS_SERVER))
$(BUILD)/zongheng-load: $(BUILD)/obj/loadtest/main.o $(LOAD_O) $(BUILD)/libclient.a $(BUILD)/libserver.a $(BUILD)/libzongheng.a
	$(call link,$(LIBS_SERVER))

$(BUILD)/tests/routing/%: $(BUILD)/obj/tests/routing/%.o $(call helpers,routing) $(HARNESS_O) $(BUILD)/libzongheng.a
	@mkdir -p $(@D)
	$(call link,)
$(BUILD)/tests/server/%: $(BUILD)/obj/tests/server/%.o $(call helpers,server) $(HARNESS_O) $(BUILD)/libserver.a $(BUILD)/libzongheng.a
	@mkdir -p $(@D)
	$(call link,$(LIBS_SERVER))
$(BUILD)/tests/client/%: $(BUILD)/obj/tests/client/%.o $(call helpers,client) $(HARNESS_O) $(BUILD)/libclient.a $(BUILD)/libserver.a $(BUILD)/libzongheng.a
	@mkdir -p $(@D)
	$(call link,$(LIBS_SERVER))

$(BUILD)/tests/loadtest/%: $(BUILD)/obj/tests/loadtest/%.o $(HARNESS_O) $(LOAD_O) $(BUILD)/libclient.a $(BUILD)/libserver.a $(BUILD)/libzongheng.a
	@mkdir -p $(@D)
	$(call link,$(LIBS_SERVER))

$(BUILD)/json_filter: $(BUILD)/obj/tests/connect/json_filter.o $(BUILD)/libserver.a $(BUILD)/libzongheng.a
	$(call link,$(LIBS_SERVER))

$(NETWORK): $(BUILD)/zongheng $(wildcard data/*.csv)
	$(BUILD)/zongheng network build --gmns data -o $@

# --- the page: its sources and proto/ -> $(BUILD)/web ------------------------------------------------
# It goes with the plain build only: a sanitizer's flavour would be the same page again.
PAGE_SRC := $(shell find web -name node_modules -prune -o -name test -prune -o -name e2e -prune -o -type f ! -name '*.md' -print)
all: $(if $(filter build,$(BUILD)),$(BUILD)/web/index.html)
$(BUILD)/web/index.html: $(PAGE_SRC) $(PROTOS) tools/page.sh
	@BUILD=$(BUILD) tools/page.sh

# --- what people call -------------------------------------------------------------------------------
deps:
	@tools/deps.sh
check: deps
	@$(MAKE) --no-print-directory lint
	@$(MAKE) --no-print-directory -j$(shell nproc) all tests
	@BUILD=$(BUILD) PYTHON=$(PYTHON) tools/run_tests.sh
demo: deps
	@$(MAKE) --no-print-directory -j2 all >$(shell mkdir -p $(BUILD); echo $(BUILD))/make.log 2>&1 || { tail -n 40 $(BUILD)/make.log; exit 1; }
	@BUILD=$(BUILD) tools/demo.sh
run: deps
	@echo 'building into $(BUILD) (the first time takes minutes; $(BUILD)/make.log)' && mkdir -p $(BUILD)
	@$(MAKE) --no-print-directory -j$(shell nproc) all >$(BUILD)/make.log 2>&1 || { tail -n 40 $(BUILD)/make.log; exit 1; }
	@BUILD=$(BUILD) tools/run.sh
asan: deps
	@$(MAKE) --no-print-directory -j$(shell nproc) BUILD=build/asan SAN='-fsanitize=address,undefined -fno-sanitize-recover=all' OPT=-O1 all tests
	@BUILD=build/asan PYTHON=$(PYTHON) tools/run_tests.sh
tsan: deps
	@$(MAKE) --no-print-directory -j$(shell nproc) BUILD=build/tsan SAN=-fsanitize=thread OPT=-O1 all tests
	@BUILD=build/tsan PYTHON=$(PYTHON) tools/run_tests.sh
# make bench [NETS="a.net b.net"] [BENCH="--igraph 5"] [TNTP="X_net.tntp X_trips.tntp"] [ASSIGN="--side 20"]: the road engine beside igraph;
# a table, and build/bench.json; freight questions; user equilibria: the bundled demand, a TNTP pair, a grid
NETS  ?= $(NETWORK)
BENCH ?=
ASSIGN ?=
TNTP ?=
$(BUILD)/bench_road: $(patsubst %.c,$(BUILD)/obj/%.o,$(wildcard tests/bench/bench_*.c)) $(BUILD)/libzongheng.a
	$(call link,-lpthread)
$(BUILD)/bench_plan: $(BUILD)/obj/tests/bench/plan_bench.o $(BUILD)/obj/tests/bench/plan_nation.o $(BUILD)/libzongheng.a
	$(call link,)
$(BUILD)/serve_bench: $(BUILD)/obj/tests/bench/serve_bench.o $(BUILD)/obj/tests/bench/serve_null.o $(GEN_O)
	$(call link,-levent_core -lprotobuf-c)
$(BUILD)/make_nation: $(BUILD)/obj/tests/bench/make_nation.o $(BUILD)/obj/tests/bench/plan_nation.o $(BUILD)/libzongheng.a
	$(call link,)
$(BUILD)/bench_assign: $(BUILD)/obj/tests/bench/assign_bench.o $(BUILD)/libserver.a $(BUILD)/libzongheng.a
	$(call link,$(LIBS_SERVER))
$(BUILD)/agree_road: $(BUILD)/obj/tests/bench/agree_road.o $(BUILD)/libzongheng.a
	$(call link,)
bench: deps
	@$(MAKE) --no-print-directory -j$(shell nproc) $(BUILD)/bench_road $(BUILD)/bench_plan $(BUILD)/bench_assign $(NETWORK)
	@$(BUILD)/bench_road $(NETS) $(BENCH) --json $(BUILD)/bench.json
	@$(BUILD)/bench_plan $(NETWORK) data/demand.csv --nation --json $(BUILD)/bench_plan.json
	@echo; echo "# the bundled demand at user equilibrium: gap against time, one thread and two"
	@$(BUILD)/bench_assign --network $(NETWORK) --demand data/demand.csv --gap 1e-12 --json $(BUILD)/bench_assign_bundled.json
	@set -- $(TNTP); \
	[ $$# != 2 ] || { echo; echo "# $$1"; $(BUILD)/bench_assign --net "$$1" --trips "$$2" --gap 1e-10 --json $(BUILD)/bench_assign_tntp.json; }
	@echo; echo "# a grid of streets"
	@$(BUILD)/bench_assign $(ASSIGN) --json $(BUILD)/bench_assign.json
# make bench-serve [NETS=a.net] [SERVE="seconds loops"]: the daemon beside a bare echo of frames of the same sizes
SERVE ?= 0.5 1
bench-serve: deps
	@$(MAKE) --no-print-directory -j$(shell nproc) $(BUILD)/serve_bench $(BUILD)/zonghengd $(NETWORK)
	@BUILD=$(BUILD) $(PYTHON) tests/bench/serve_bench.py $(NETS) $(SERVE)
# What a planner's job costs those who ask meanwhile: p99 of FindRoutes at half of the sustainable rate (tests/bench/plan_load.py).
bench-plan-load: deps
	@$(MAKE) --no-print-directory -j$(shell nproc) all
	@BUILD=$(BUILD) $(PYTHON) tests/bench/plan_load.py $(PLAN_LOAD)
# The torture of bookings, 200 rounds in at most ten minutes (make check: 20 rounds).
soak: deps
	@$(MAKE) --no-print-directory -j$(shell nproc) all
	@BUILD=$(BUILD) TORTURE_ROUNDS=200 TORTURE_SECONDS=600 timeout 960 $(PYTHON) tests/e2e/test_torture.py
# Twice the sustainable rate for OVERLOAD_SECONDS, recovery, bookings and firms beside it (make check: seconds).
overload: deps
	@$(MAKE) --no-print-directory -j$(shell nproc) all
	@BUILD=$(BUILD) OVERLOAD_SECONDS=$(or $(OVERLOAD_SECONDS),60) $(PYTHON) tests/e2e/test_overload.py
# Slow, silent, greedy and broken peers in numbers, and what a well-behaved one notices (make check: few of them). IDLE_SECONDS=600: as long silent.
badpeers: deps
	@$(MAKE) --no-print-directory -j$(shell nproc) all
	@BUILD=$(BUILD) BADPEERS=strict $(PYTHON) tests/e2e/test_badframes.py
	@BUILD=$(BUILD) BADPEERS=strict $(PYTHON) tests/e2e/test_badpeers.py
	@BUILD=$(BUILD) BADPEERS=strict $(PYTHON) tests/e2e/test_badpeers_http.py
	@BUILD=$(BUILD) BADPEERS=strict $(PYTHON) tests/e2e/test_badpeers_tls.py
# Whether a foreign shipment can be told by the clock from none: TIMING_SAMPLES of each (make check: test_isolation).
timing: deps
	@$(MAKE) --no-print-directory -j$(shell nproc) all
	@BUILD=$(BUILD) TIMING_SAMPLES=$(or $(TIMING_SAMPLES),100000) $(PYTHON) tests/bench/foreign_timing.py
# Every byte of a booking cut, every allocation and system call failed, PostgreSQL stopped or full (make check: a sample).
faults: deps
	@$(MAKE) --no-print-directory -j$(shell nproc) all $(BUILD)/failalloc.so $(BUILD)/failcall.so $(BUILD)/failpoint.so
	@BUILD=$(BUILD) FAULTS=all $(PYTHON) tests/e2e/test_failpoints.py
	@BUILD=$(BUILD) FAULTS=all $(PYTHON) tests/e2e/test_calls.py
	@BUILD=$(BUILD) FAULTS=all $(PYTHON) tests/e2e/test_outage.py
	@BUILD=$(BUILD) FAULTS=all $(PYTHON) tests/e2e/test_store.py at_once
	@BUILD=$(BUILD) FAULTS=all $(PYTHON) tests/e2e/test_faults.py
# Plants faults in a copy of the sources and runs the tests that must see them. MUTANTS="words" chooses.
mutants: deps
	@$(MAKE) --no-print-directory -j$(shell nproc) all $(BUILD)/failpoint.so
	@BUILD=$(BUILD) $(PYTHON) tests/mutants/run.py $(MUTANTS)
# Half an hour under load with a fault a minute; writes docs/soak.html. SOAK_SECONDS, SOAK_RATE, SOAK_REPORT.
soak-serve: deps
	@$(MAKE) --no-print-directory -j$(shell nproc) all
	@BUILD=$(BUILD) $(PYTHON) tests/bench/soak.py
# A reload each 5 s for an hour at 0.7 of the sustainable rate. RELOAD_SECONDS, RELOAD_EVERY, RELOAD_SHARE, RELOAD_RATE, RELOAD_MIX.
soak-reload: deps
	@$(MAKE) --no-print-directory -j$(shell nproc) all
	@BUILD=$(BUILD) $(PYTHON) tests/bench/reloads.py
# 100 scenarios side by side and 1,000 rounds of put and delete (make check: 8 and 30).
soak-scenarios: deps
	@$(MAKE) --no-print-directory -j$(shell nproc) all
	@BUILD=$(BUILD) SCENARIOS=100 ROUNDS=1000 timeout 900 $(PYTHON) tests/e2e/test_scenarios.py memory
# make agree NETS="a.net" [AGREE="--pairs 10000 --table 300"]: every engine gives the same answers, also after changes
AGREE ?=
agree: deps
	@$(MAKE) --no-print-directory -j$(shell nproc) $(BUILD)/agree_road $(NETWORK)
	@$(BUILD)/agree_road $(NETS) $(AGREE)
# The fuzz targets; FUZZ_ENGINE=-fsanitize=fuzzer links clang's libFuzzer instead of our own driver (tools/fuzz.sh).
FUZZ_ENGINE ?=
# Those of files and of the scan need a part of the program only; the others all of it. make check builds the first with
# the address sanitizer and the others without (tests/e2e/test_fuzz.sh); make fuzz builds all with it.
FUZZ_PARTS := $(patsubst %,$(BUILD)/fuzz/fuzz_%,dimacs gmns gtfs network osm tntp trips wire)
FUZZ_WHOLE := $(filter-out $(FUZZ_PARTS),$(patsubst tests/%.c,$(BUILD)/%,$(wildcard tests/fuzz/fuzz_*.c)))
FUZZ_O     := $(patsubst %,$(BUILD)/obj/%.o,tests/fuzz/files $(if $(FUZZ_ENGINE),,tests/fuzz/main))
$(FUZZ_PARTS): $(BUILD)/fuzz/%: $(BUILD)/obj/tests/fuzz/%.o $(FUZZ_O) $(patsubst %,$(BUILD)/obj/server/%.o,wire_scan envelope frame) $(GEN_O) $(BUILD)/libzongheng.a
	@mkdir -p $(@D)
	$(call link,$(LIBS_SERVER) $(FUZZ_ENGINE))
$(FUZZ_WHOLE): $(BUILD)/fuzz/%: $(BUILD)/obj/tests/fuzz/%.o $(FUZZ_O) $(patsubst %,$(BUILD)/obj/loadtest/%.o,demand pace) $(BUILD)/libclient.a $(BUILD)/libserver.a $(BUILD)/libzongheng.a
	@mkdir -p $(@D)
	$(call link,$(LIBS_SERVER) $(FUZZ_ENGINE))
.PHONY: fuzz-parts fuzz-whole
fuzz-parts: $(FUZZ_PARTS)
fuzz-whole: $(FUZZ_WHOLE)
fuzzers: fuzz-parts fuzz-whole
# Makes allocations of a program fail (tests/e2e/test_faults.py); no sanitizer, which has its own allocator.
$(BUILD)/failalloc.so: tests/faults/failalloc.c
	@mkdir -p $(@D)
	$(CC) -D_GNU_SOURCE -std=c11 -O2 $(WARN) -fPIC -shared -o $@ $<
# Makes its system calls fail (tests/e2e/test_calls.py).
$(BUILD)/failcall.so: tests/faults/failcall.c
	@mkdir -p $(@D)
	$(CC) -D_GNU_SOURCE -std=c11 -O2 $(WARN) -fPIC -shared -o $@ $<
# Stops it at a point of a booking (tests/e2e/test_failpoints.py).
$(BUILD)/failpoint.so: tests/faults/failpoint.c
	@mkdir -p $(@D)
	$(CC) -D_GNU_SOURCE -std=c11 -O2 $(WARN) $(call pkg_cflags,libpq) -fPIC -shared -o $@ $<
# make fuzz [FUZZ_SECONDS=60] [FUZZ="session osm"]
fuzz: deps
	@FUZZ="$(FUZZ)" FUZZ_SECONDS=$(or $(FUZZ_SECONDS),60) tools/fuzz.sh
fuzz-cover: deps
	@tools/fuzz_cover.sh
lint:
	@tools/lint.sh
format:
	clang-format-14 -i $$(git ls-files '*.c' '*.h')
install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/zongheng/schemas
	install -m 755 $(BINARIES) $(DESTDIR)$(PREFIX)/bin
	install -m 644 $(NETWORK) $(DESTDIR)$(PREFIX)/share/zongheng
	install -m 644 schemas/*.sql $(DESTDIR)$(PREFIX)/share/zongheng/schemas
clean:
	rm -rf build

-include $(shell find $(BUILD)/obj -name '*.d' 2>/dev/null)
