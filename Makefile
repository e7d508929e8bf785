# stackrig: one non-recursive build. `make help` lists the targets.
.DELETE_ON_ERROR:
.SUFFIXES:
.DEFAULT_GOAL := all

MODE     ?= release
BUILD    := build/$(MODE)
GENERATED := build/generated
PREFIX   ?= /usr/local
CC       ?= cc
V        ?= 0
Q        := $(if $(filter 1,$(V)),,@)

PACKAGES := libmicrohttpd jansson sqlite3 openssl yaml-0.1 libzip libpcre2-8 zlib
WARNINGS := -Wall -Wextra -Wshadow -Wconversion -Wno-sign-conversion -Wstrict-prototypes \
            -Wmissing-prototypes -Wswitch-enum -Wpointer-arith -Wundef -Wvla
CPPFLAGS += -I. -I$(GENERATED) -D_GNU_SOURCE -include emulator/base/banned.h
CFLAGS   += -std=c17 -g -fno-pie $(WARNINGS)
LDFLAGS  += -no-pie -Wl,--as-needed
LDLIBS   += $(shell pkg-config --libs $(PACKAGES) 2>/dev/null) -ldl -lpthread -lm

CFLAGS_release  := -O2 -fno-semantic-interposition
CFLAGS_debug    := -O0 -DSTACKRIG_DEBUG
CFLAGS_asan     := -O1 -DSTACKRIG_DEBUG -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
CFLAGS_fuzz     := -O1 -DSTACKRIG_DEBUG -fno-omit-frame-pointer -fno-sanitize-recover=all -Wno-sign-conversion \
                   -fsanitize=address,undefined,fuzzer-no-link
CFLAGS_coverage := -O0 -DSTACKRIG_DEBUG --coverage
CFLAGS   += $(CFLAGS_$(MODE))
LDFLAGS_asan     := -fsanitize=address,undefined
LDFLAGS_fuzz     := -fsanitize=address,undefined
LDFLAGS_coverage := --coverage
LDFLAGS  += $(LDFLAGS_$(MODE))

# ---- sources -------------------------------------------------------------------------------------
ROOMS      := emulator/base emulator/io emulator/protocol emulator/core $(wildcard services/*/) services harness harness/fuzz
C_FILES    := $(sort $(foreach room,$(patsubst %/,%,$(ROOMS)),$(wildcard $(room)/*.c)))
# Programs of their own, not part of stackrig: the model compiler and the interposer library.
TOOLS      := emulator/protocol/model_compiler.c
TEST_FILES := $(filter %_test.c,$(C_FILES))
FUZZ_FILES := $(filter %_fuzz.c,$(C_FILES))
MAINS      := harness/main.c harness/unit_tests.c harness/wire_tests.c
SOURCES    := $(filter-out $(TEST_FILES) $(FUZZ_FILES) $(TOOLS) $(MAINS),$(C_FILES))
MODELS     := $(patsubst services/%/model.json,%,$(wildcard services/*/model.json))
MODEL_C    := $(MODELS:%=$(GENERATED)/services/%/model.c)
MODEL_H    := $(MODELS:%=$(GENERATED)/services/%/model.h)
.SECONDARY: $(MODEL_C)

OBJECTS      := $(SOURCES:%.c=$(BUILD)/%.o) $(MODELS:%=$(BUILD)/generated/services/%/model.o)
TEST_OBJECTS := $(TEST_FILES:%.c=$(BUILD)/%.o)
# A suite's only public function is declared nowhere but in the generated list.
$(TEST_OBJECTS): CFLAGS += -Wno-missing-prototypes
LIBRARY      := $(BUILD)/libstackrig.a

# ---- programs ------------------------------------------------------------------------------------
all: build/stackrig ## build build/stackrig

build/stackrig: $(BUILD)/stackrig
	$(Q)ln -sf $(MODE)/stackrig $@

$(BUILD)/stackrig: $(BUILD)/harness/main.o $(LIBRARY)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(BUILD)/unit_tests: $(BUILD)/harness/unit_tests.o $(TEST_OBJECTS) $(LIBRARY)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS) -lcunit

$(BUILD)/wire_tests: $(BUILD)/harness/wire_tests.o $(LIBRARY)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS) -lcunit

FUZZERS := $(FUZZ_FILES:%.c=$(BUILD)/%)

$(FUZZERS): %: %.o $(LIBRARY)
	$(Q)$(CC) $(LDFLAGS) -fsanitize=fuzzer -o $@ $^ $(LDLIBS)

$(LIBRARY): $(OBJECTS)
	$(Q)rm -f $@ && ar rcs $@ $^

$(BUILD)/%.o: %.c $(BUILD)/flags | $(MODEL_H)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/generated/%.o: $(GENERATED)/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

# The interposer: a library of its own for handler processes, carried inside the program.
build/libstackrig.so: emulator/interpose/interpose.c emulator/interpose/rules.c emulator/interpose/rules.h
	@mkdir -p $(@D)
	$(Q)$(CC) -I. -std=c17 -D_GNU_SOURCE -O2 -g0 -fPIC -shared $(WARNINGS) -Wno-pedantic -o $@ $(filter %.c,$^) -ldl -lpthread
$(BUILD)/emulator/core/run_files.o: build/libstackrig.so

# Its companion for virtual time.
build/libstackrig_time.so: emulator/interpose/virtual_time.c
	@mkdir -p $(@D)
	$(Q)$(CC) -std=c17 -D_GNU_SOURCE -O2 -g0 -fPIC -shared $(WARNINGS) -Wno-pedantic -o $@ $< -ldl -lpthread
$(BUILD)/services/lambda/runtime_process.o: build/libstackrig_time.so

# ---- generated: shape tables, the list of unit tests -----------------------------------------------
build/model_compiler: emulator/protocol/model_compiler.c
	@mkdir -p $(@D)
	$(Q)$(CC) -I. -D_GNU_SOURCE -std=c17 -O1 $(WARNINGS) -o $@ $< $(shell pkg-config --libs jansson)

$(GENERATED)/services/%/model.c $(GENERATED)/services/%/model.h: services/%/model.json build/model_compiler
	@mkdir -p $(@D)
	$(Q)build/model_compiler services/$*/model.json $(GENERATED)/services/$*/model

# One suite a test file: arena_test.c exports `void arena_test(void)`.
$(BUILD)/unit_test_list.h: $(TEST_FILES) Makefile
	@mkdir -p $(@D)
	$(Q)printf 'UNIT_TEST(%s)\n' $(notdir $(TEST_FILES:.c=)) >$@
$(BUILD)/harness/unit_tests.o: CPPFLAGS += -I$(BUILD)
$(BUILD)/harness/unit_tests.o: $(BUILD)/unit_test_list.h

# Changing the flags rebuilds everything.
FLAGS_NOW := $(CC) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS)
$(BUILD)/flags: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' '$(FLAGS_NOW)' | cmp -s - $@ || printf '%s\n' '$(FLAGS_NOW)' >$@
FORCE:

-include $(shell find build -name '*.d' 2>/dev/null)

# ---- set-up --------------------------------------------------------------------------------------
deps: ## install the Debian packages that building and the demo need (says which)
	@harness/setup/packages.sh demo

test-deps:
	@harness/setup/packages.sh test

demo: deps ## install what is missing, build, run the demo scenarios
	@$(MAKE) --no-print-directory all
	build/stackrig test scenarios/

# ---- tests ---------------------------------------------------------------------------------------
# Every part writes its counts to build/results; the last line adds them up.
test: test-deps ## install what is missing, build, run the whole test suite
	@$(MAKE) --no-print-directory all
	@harness/setup/test_all.sh

lib: $(LIBRARY) ## everything but the programs

unit: $(BUILD)/unit_tests ## CUnit tests of the pure modules
	$(Q)$(BUILD)/unit_tests

wire: $(BUILD)/wire_tests ## request and response pairs through the gateway
	$(Q)$(BUILD)/wire_tests

scenarios: all ## every scenario under scenarios/
	build/stackrig test scenarios/

cli: all ## the command line: messages, exit statuses, what is left behind
	harness/cli_test.sh

clients: all ## AWS CLI, boto3 and the JavaScript SDKs against a running server
	harness/clients/run.sh

soak: all ## 200,000 messages through SQS by 32 clients while the server is killed and started again
	STACKRIG=build/stackrig harness/clients/sqs_soak.py

handler-libraries: all ## handlers of npm and PyPI libraries, installed as their users do, and their scenarios
	harness/clients/handlers.sh
	build/stackrig test scenarios/handler-libraries/

interpose-test: build/libstackrig.so ## the preloaded library under real clients
	emulator/interpose/interpose_test.sh

asan: ## units, wire tests and scenarios under the address and undefined-behaviour sanitizers
	@$(MAKE) --no-print-directory MODE=asan build/asan/unit_tests build/asan/wire_tests build/asan/stackrig
	build/asan/unit_tests
	build/asan/wire_tests
	build/asan/stackrig test scenarios/

coverage: ## line coverage of units, wire tests and scenarios, in build/coverage
	@$(MAKE) --no-print-directory MODE=coverage build/coverage/unit_tests build/coverage/wire_tests build/coverage/stackrig
	build/coverage/unit_tests
	build/coverage/wire_tests
	build/coverage/stackrig test scenarios/
	@find build/coverage -name '*.gcda' | xargs -r gcov -r -n 2>/dev/null | \
	    awk '/^File/ {file=$$2} /^Lines/ {split($$2,a,":"); print a[2], file}' | tr -d "'" | sort -n

fuzz: ## every parser for a while with libFuzzer under the sanitizers: SECONDS_EACH=30, FUZZ=name
	@harness/setup/packages.sh fuzz
	@$(MAKE) --no-print-directory MODE=fuzz CC=$(FUZZ_CC) fuzzers
	harness/fuzz/run.sh $(SECONDS_EACH) $(FUZZ)

fuzzers: $(FUZZERS)
FUZZ_CC      ?= clang
SECONDS_EACH ?= 30

bench: all ## the figures of docs/PERFORMANCE.md
	harness/bench/run.sh $(BENCH)

# ---- house rules ---------------------------------------------------------------------------------
HOUSE_FILES = $(shell git ls-files '*.c' '*.h')

format: ## clang-format over all sources
	clang-format -i $(HOUSE_FILES)

# One stamp a file, so that a second run looks at what changed alone.
TIDY_FILES  := $(SOURCES) $(TOOLS) $(filter-out %_tests.c,$(MAINS)) $(wildcard emulator/interpose/*.c)
TIDY_STAMPS := $(TIDY_FILES:%.c=build/lint/%.tidy)
# How far the analyzer goes in one function. Its own default, 225000, takes three times as long and found nothing
# more; for once in a while.
TIDY_NODES  ?= 50000
PARALLEL     = $(if $(findstring -j,$(MAKEFLAGS)),,-j$(shell nproc))

lint: ## layers, headers, cppcheck, clang-tidy (only files that changed since the last run)
	@harness/setup/packages.sh lint
	@$(MAKE) --no-print-directory layers headers
	@mkdir -p build/lint/cppcheck
	cppcheck --quiet --std=c11 --enable=warning,portability --inline-suppr --error-exitcode=1 \
	    --suppressions-list=harness/setup/cppcheck.txt --library=harness/setup/cppcheck.cfg --cppcheck-build-dir=build/lint/cppcheck -j $(shell nproc) \
	    -I. emulator services harness
	@$(MAKE) --no-print-directory --keep-going $(PARALLEL) tidy

tidy: $(TIDY_STAMPS) ## clang-tidy alone

build/lint/%.tidy: %.c .clang-tidy | $(MODEL_H)
	@mkdir -p $(@D)
	@$(CC) $(CPPFLAGS) -std=c17 -MM -MP -MT $@ -MF build/lint/$*.d $<
	$(Q)clang-tidy --quiet $< -- $(CPPFLAGS) -std=c17 \
	    -Xclang -analyzer-config -Xclang max-nodes=$(TIDY_NODES) 2>/dev/null
	@touch $@

layers: ## the dependency rule: who may include whom
	@harness/setup/layers.sh

headers: $(MODEL_H) ## every header compiles alone
	@for header in $$(git ls-files '*.h'); do \
	    $(CC) -std=c17 $(CPPFLAGS) $(WARNINGS) -I$(BUILD) -fsyntax-only -x c $$header || exit 1; done

docs: all ## docs/OPERATIONS.md from the tables
	build/stackrig operations --markdown >docs/OPERATIONS.md

# ---- installing ----------------------------------------------------------------------------------
install: all ## PREFIX (default /usr/local), DESTDIR
	install -D -m 755 build/stackrig $(DESTDIR)$(PREFIX)/bin/stackrig
	install -D -m 755 build/libstackrig.so $(DESTDIR)$(PREFIX)/lib/stackrig/libstackrig.so
	install -D -m 644 docs/stackrig.1 $(DESTDIR)$(PREFIX)/share/man/man1/stackrig.1
	install -D -m 644 harness/completion/stackrig.bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/stackrig
	install -D -m 644 harness/completion/_stackrig $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_stackrig

clean: ## remove build/
	rm -rf build

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

.PHONY: all deps test-deps demo test lib unit wire scenarios cli clients soak handler-libraries interpose-test asan coverage fuzz fuzzers bench format lint tidy \
        layers headers docs install clean help FORCE
