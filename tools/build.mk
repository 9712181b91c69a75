# SPDX-License-Identifier: GPL-2.0
# How the tools are built; the Makefile at the top includes this. Objects go to build/tools.

TOOLS := $(BUILD)/tools
Q := $(if $(filter 1,$(V)),,@)
told = $(if $(Q),@printf '  %-7s %s\n' $(1) $(patsubst $(CURDIR)/%,%,$@))
tools-cflags = -std=gnu11 -O2 -g -Wall -Wextra -Wno-unused-parameter -Wmissing-prototypes -Wstrict-prototypes \
	       -D_GNU_SOURCE -DNARU_LIBDIR='"$(LIBDIR)"' -Iinclude/uapi -Iinclude -Itools -MMD -MP $(CFLAGS)
tools-objects := $(patsubst tools/%.c,$(TOOLS)/%.o,$(filter-out tools/run/preload.c,\
		   $(sort $(wildcard tools/*.c tools/check/*.c tools/run/*.c))))
# What the library and the command share, and the library itself
run-library := $(patsubst %,tools/run/%.c,preload choose environ make swap)

tools: lib $(TOOLS)/naru $(TOOLS)/libnaru-run.so

# LIBNARU=shared: with the library that programs share, as packages have it
$(TOOLS)/naru: $(tools-objects) $(LIB)/$(if $(filter shared,$(LIBNARU)),libnaru.so,libnaru.a)
	$(call told,LD)
	$(Q)$(CC) $(LDFLAGS) -o $@ $^ $(shell pkg-config --libs libmnl ncursesw) -lm

$(TOOLS)/%.o: tools/%.c | ready-to-build
	@mkdir -p $(@D)
	$(call told,CC)
	$(Q)$(CC) $(tools-cflags) $(shell pkg-config --cflags libmnl ncursesw) -c -o $@ $<

$(TOOLS)/libnaru-run.so: $(run-library) tools/run/run.h include/uapi/linux/naru.h | ready-to-build
	@mkdir -p $(@D)
	$(call told,CC)
	$(Q)$(CC) $(filter-out -MMD -MP,$(tools-cflags)) -fPIC -fvisibility=hidden -shared $(LDFLAGS) -o $@ \
		$(filter %.c,$^) -ldl

-include $(wildcard $(TOOLS)/*.d $(TOOLS)/check/*.d $(TOOLS)/run/*.d)
