# SPDX-License-Identifier: GPL-2.0
# How libnaru is built; the Makefile at the top includes this. It goes to build/lib.

LIB := $(BUILD)/lib
lib-version := 0.1
lib-soname := libnaru.so.0
lib-cflags = -std=gnu11 -O2 -g -Wall -Wextra -Wno-unused-parameter -Wmissing-prototypes -Wstrict-prototypes -fPIC \
	     -D_GNU_SOURCE -Iinclude/uapi -Iinclude -MMD -MP $(CFLAGS)
lib-objects := $(patsubst lib/%.c,$(LIB)/%.o,$(sort $(wildcard lib/*.c)))

.PHONY: lib
lib: $(LIB)/libnaru.a $(LIB)/$(lib-soname) $(LIB)/libnaru.so

$(LIB)/%.o: lib/%.c | ready-to-build
	@mkdir -p $(@D)
	$(call told,CC)
	$(Q)$(CC) $(lib-cflags) $(shell pkg-config --cflags libmnl) -c -o $@ $<

$(LIB)/libnaru.a: $(lib-objects)
	$(call told,AR)
	$(Q)rm -f $@
	$(Q)$(AR) rcs $@ $^

# -z defs: what it calls is in what it is linked with
$(LIB)/$(lib-soname): $(lib-objects) lib/libnaru.map
	$(call told,LD)
	$(Q)$(CC) -shared $(LDFLAGS) -Wl,-soname,$(lib-soname) -Wl,--version-script,lib/libnaru.map -Wl,-z,defs -o $@ \
		$(lib-objects) $(shell pkg-config --libs libmnl)

$(LIB)/libnaru.so: $(LIB)/$(lib-soname)
	$(Q)ln -sf $(lib-soname) $@

LIBRARIES ?= $(PREFIX)/lib

.PHONY: install-lib
install-lib: lib
	install -D -m 644 -t $(DESTDIR)$(LIBRARIES) $(LIB)/libnaru.a $(LIB)/$(lib-soname)
	ln -sf $(lib-soname) $(DESTDIR)$(LIBRARIES)/libnaru.so
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/include/naru include/naru/naru.h
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/include/linux $(wildcard include/uapi/linux/naru*.h)
	install -d $(DESTDIR)$(LIBRARIES)/pkgconfig
	sed 's,@PREFIX@,$(PREFIX),; s,@LIBRARIES@,$(LIBRARIES),; s,@VERSION@,$(lib-version),' lib/libnaru.pc.in \
		>$(DESTDIR)$(LIBRARIES)/pkgconfig/libnaru.pc
	$(if $(DESTDIR),,ldconfig)

-include $(wildcard $(LIB)/*.d)
