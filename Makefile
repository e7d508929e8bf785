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
CFLAGS_coverage := -O0 -DSTACKRIG_DEBUG --coverage
CFLAGS   += $(CFLAGS_$(MODE))
LDFLAGS  += $(if $(filter asan,$(MODE)),-fsanitize=address,undefined) $(if $(filter coverage,$(MODE)),--coverage)

# ---- sources -------------------------------------------------------------------------------------
ROOMS      := emulator/base emulator/io emulator/protocol emulator/core $(wildcard services/*/) services harness
C_FILES    := $(sort $(foreach room,$(patsubst %/,%,$(ROOMS)),$(wildcard $(room)/*.c)))
# Programs of their own, not part of stackrig: the model compiler and the interposer library.
TOOLS      := emulator/protocol/model_compiler.c
TEST_FILES := $(filter %_test.c,$(C_FILES))
MAINS      := harness/main.c harness/unit_tests.c harness/wire_tests.c
SOURCES    := $(filter-out $(TEST_FILES) $(TOOLS) $(MAINS),$(C_FILES))
MODELS     := $(patsubst services/%/model.json,%,$(wildcard services/*/model.json))
MODEL_C    := $(MODELS:%=$(GENERATED)/services/%/model.c)
MODEL_H    := $(MODELS:%=$(GENERATED)/services/%/model.h)
.SECONDARY: $(MODEL_C)

OBJECTS      := $(SOURCES:%.c=$(BUILD)/%.o) $(MODELS:%=$(BUILD)/generated/services/%/model.o)
TEST_OBJECTS := $(TEST_FILES:%.c=$(BUILD)/%.o)
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

$(LIBRARY): $(OBJECTS)
	$(Q)rm -f $@ && ar rcs $@ $^

$(BUILD)/%.o: %.c $(BUILD)/flags | $(MODEL_H)
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/generated/%.o: $(GENERATED)/%.c $(BUILD)/flags
	@mkdir -p $(@D)
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

# The interposer: a library of its own for handler processes, carried inside the program.
build/libstackrig.so: emulator/interpose/interpose.c
	@mkdir -p $(@D)
	$(Q)$(CC) -std=c17 -D_GNU_SOURCE -O2 -g0 -fPIC -shared $(WARNINGS) -Wno-pedantic -o $@ $< -ldl -lpthread
$(BUILD)/emulator/core/run_files.o: build/libstackrig.so

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

# ---- tests ---------------------------------------------------------------------------------------
unit: $(BUILD)/unit_tests ## CUnit tests of the pure modules
	$(Q)$(BUILD)/unit_tests

lib: $(LIBRARY) ## everything but the programs

clean: ## remove build/
	rm -rf build

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 14

.PHONY: all lib unit clean help FORCE
