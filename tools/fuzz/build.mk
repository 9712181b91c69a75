# SPDX-License-Identifier: GPL-2.0
# How the fuzzers are built and run; the Makefile at the top includes this. They are linked with the tool's own objects, made
# once more by clang with ASAN and UBSAN.
#
#   make fuzz                   each, FUZZ_RUNS inputs; what it found of use stays in build/fuzz/corpus
#   make fuzz FUZZ=firewall     one; FUZZ_RUNS=-1: without end

FUZZ_DIR := $(BUILD)/fuzz
fuzzers := $(patsubst tools/fuzz/%.c,%,$(sort $(wildcard tools/fuzz/*.c)))
FUZZ ?= $(fuzzers)
FUZZ_RUNS ?= 100000
FUZZ_SEED ?= 1
FUZZ_CC ?= clang
fuzz-cc = $(FUZZ_CC) -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
fuzz-objects := $(patsubst $(BUILD)/%,$(FUZZ_DIR)/%,$(tools-objects) $(lib-objects))

.PHONY: fuzz $(addprefix fuzz-,$(fuzzers))
fuzz: $(addprefix fuzz-,$(FUZZ))

$(addprefix fuzz-,$(fuzzers)): fuzz-%: $(FUZZ_DIR)/%
	@mkdir -p $(FUZZ_DIR)/corpus/$*
	$(Q)cd $(FUZZ_DIR) && ./$* -runs=$(FUZZ_RUNS) -seed=$(FUZZ_SEED) -timeout=20 -rss_limit_mb=1024 -verbosity=0 \
		-print_funcs=0 -len_control=10 $(addprefix -dict=,$(wildcard $(CURDIR)/tools/fuzz/$*.dict)) corpus/$* \
		>$*.log 2>&1 || { cat $*.log; exit 1; }
	@echo "$*: $(FUZZ_RUNS) inputs"

$(addprefix $(FUZZ_DIR)/,$(fuzzers)): $(FUZZ_DIR)/%: tools/fuzz/%.c $(wildcard tools/fuzz/*.h) $(fuzz-objects)
	$(call told,LD)
	$(Q)$(fuzz-cc) -fsanitize=fuzzer $(filter-out -MMD -MP,$(tools-cflags)) -o $@ $(filter %.c %.o,$^) \
		$(shell pkg-config --cflags --libs libmnl ncursesw)

# The tool's main() is not the fuzzer's
$(FUZZ_DIR)/tools/naru.o: fuzz-main := -Dmain=naru_main -Wno-missing-prototypes
$(fuzz-objects): $(FUZZ_DIR)/%.o: %.c | ready-to-build
	@mkdir -p $(@D)
	$(call told,CC)
	$(Q)$(fuzz-cc) -fsanitize=fuzzer-no-link $(tools-cflags) $(fuzz-main) $(shell pkg-config --cflags libmnl ncursesw) \
		-c -o $@ $<

-include $(wildcard $(FUZZ_DIR)/*/*.d $(FUZZ_DIR)/*/*/*.d)
