# SPDX-License-Identifier: GPL-2.0
# For people; kbuild reads Kbuild instead.
#
#   make            module and tools         make check     every test, on every kernel
#   make demo       the tour, in a VM        make unit      pure code, and 20,000 simulated connections; ASAN and UBSAN
#   make install    here, for KVER           make shell     a prompt in a VM with naru loaded
#   make soak       repetition, for hours
#   make fuzz       the tools' parsers, by libFuzzer, ASAN and UBSAN; tools/fuzz/build.mk
#   make coverage   how many lines and branches of the pure code the unit tests reach; V=1: and which not
#   make sample     a congestion control as a module of its own, samples/cong
#   make requirements    RFC 9293's, each with its code and tests, and whether they passed last time
#   make differences    where naru and the kernel's TCP differ on the wire, and why
#   make bench      figures, side by side with the kernel's TCP and NAT: a table, and build/bench.json
#   make relay      completion times through a bad network, beside the kernel's TCP: a table, and build/relay.json;
#                   RELAY="-s 1-5 reordered" for some seeds and conditions, see selftests/bench/relay.sh
#   make dkms-install    the module, by DKMS for every kernel that has headers, those of later updates included;
#   make dkms-remove     and away again
#   make deb        Debian packages in build/deb: naru-dkms, naru-tools, libnaru, libnaru-dev
#
# KVER=RELEASE   the kernel to build for or boot: a release, 6.1, 6.12, debug (the debug kernel,
#                built if missing) or locks (that with lock statistics).
#                Default: the running kernel, or the newest that has headers here.
# KDIR=DIR       its headers, where they are not in /lib/modules/RELEASE/build or the cache
# PREFIX, DESTDIR, V=1, C=1 as usual; W=1 is the default.

VM := selftests/vm
BUILD := $(CURDIR)/build
PREFIX ?= /usr/local
LIBDIR ?= $(PREFIX)/lib/naru
KVER ?=

.PHONY: all module sample tools install install-tools deb dkms-install dkms-remove check demo bench relay soak unit coverage requirements differences shell sparse checkpatch lint clean ready-to-build

all: module tools

# Installs the compiler, libmnl and headers where they are missing. What follows is expanded after it ran.
# NARU_READY=1: they are there.
ready-to-build:
	@$(if $(NARU_READY),,$(VM)/deps build)

kver = $(eval kver := $(shell $(VM)/kver $(KVER)))$(kver)
kdir = $(or $(KDIR),$(if $(kver),$(shell $(VM)/kver --kdir $(kver))))
mirror = $(BUILD)/$(kver)

# Objects of several kernels live side by side: each is built in a mirror of the sources, made of symbolic links
module: ready-to-build
	@test -n "$(kver)"
	@mkdir -p $(mirror)
	@find $(mirror) -xtype l -delete
	@cp -rsf $(CURDIR)/Kbuild $(CURDIR)/kmod $(CURDIR)/include $(mirror)/
	+flock $(mirror).lock $(MAKE) -C $(kdir) M=$(mirror) W=$(or $(W),1) modules

# The sample of a congestion control, outside of the module's build: it knows what any other module would
sample: module
	@mkdir -p $(mirror)/samples
	@cp -rsf $(CURDIR)/samples/cong $(mirror)/samples/
	+flock $(mirror).lock $(MAKE) -C $(mirror)/samples/cong KDIR=$(kdir) NARU=$(mirror)

include lib/build.mk
include tools/build.mk
include tools/fuzz/build.mk

install: all install-tools install-lib
	+$(MAKE) -C $(kdir) M=$(mirror) INSTALL_MOD_PATH=$(DESTDIR) INSTALL_MOD_DIR=extra modules_install
	$(if $(DESTDIR),,depmod $(kver))

# All but the module, the library and its headers
install-tools: tools
	install -D -t $(DESTDIR)$(PREFIX)/bin build/tools/naru
	install -D -t $(DESTDIR)$(LIBDIR) build/tools/libnaru-run.so
	test -e $(DESTDIR)/etc/modprobe.d/naru.conf || install -D -m 644 tools/modprobe.conf $(DESTDIR)/etc/modprobe.d/naru.conf
	install -d $(DESTDIR)$(PREFIX)/lib/systemd/system
	sed 's,@BINDIR@,$(PREFIX)/bin,' tools/naru.service >$(DESTDIR)$(PREFIX)/lib/systemd/system/naru.service
	for page in $(wildcard tools/man/*.[1-9]); do \
		install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/man/man$${page##*.} $$page || exit; done
	install -D -m 644 tools/completion/naru.bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/naru
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/zsh/site-functions tools/completion/_naru
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d tools/completion/naru.fish
	install -D -m 644 -t $(DESTDIR)$(PREFIX)/share/naru include/netlink/naru.yaml tools/wireshark/naru.lua

deb:
	@tools/deb

dkms-install:
	@tools/dkms install

dkms-remove:
	@tools/dkms remove

check:
	@$(VM)/check

demo:
	@echo "Building what is missing and booting a VM: the tour begins in a minute or so, the first time in a few."
	@$(MAKE) -s --no-print-directory tools
	@$(VM)/run -k $(or $(KVER),6.12) -- selftests/demo/tour

soak:
	@selftests/soak/soak

bench:
	@$(VM)/deps all
	@$(MAKE) -s --no-print-directory tools
	@ksft=$$($(VM)/kselftest) && $(MAKE) -s --no-print-directory -C selftests TARGETS="net bench" KSFT_DIR="$$ksft"
	@$(VM)/run -k $(or $(KVER),6.12) --icount --mem 2048 --timeout 3000 --out build/bench -- \
		'selftests/bench/bench.sh && selftests/bench/napt.sh && selftests/bench/recorder.sh'
	@cp build/bench/bench.json build/bench.json

relay:
	@$(VM)/deps all
	@$(MAKE) -s --no-print-directory tools
	@ksft=$$($(VM)/kselftest) && $(MAKE) -s --no-print-directory -C selftests TARGETS="net bench" KSFT_DIR="$$ksft"
	@$(VM)/run -k $(or $(KVER),6.12) --icount --timeout 7200 --out build/relay -- 'selftests/bench/relay.sh $(RELAY)'
	@cp build/relay/relay.json build/relay.json

shell:
	@$(VM)/shell $(KVER)

unit: ready-to-build
	@$(MAKE) --no-print-directory -C selftests/unit OUTPUT=$(BUILD)/unit run
	@$(MAKE) -s --no-print-directory -C selftests/sim OUTPUT=$(BUILD)/sim run

coverage: ready-to-build
	@$(MAKE) --no-print-directory -C selftests/unit OUTPUT=$(BUILD)/coverage coverage

# What the last "make check" has left says which tests passed
requirements:
	@selftests/requirements/requirements $(if $(wildcard build/check/results),-r build/check)

# Of the scripts of selftests/wire, which make check plays on both
differences:
	@$(VM)/deps all
	@ksft=$$($(VM)/kselftest) && $(MAKE) -s --no-print-directory -C selftests TARGETS=wire KSFT_DIR="$$ksft" >/dev/null
	@cd selftests/wire && $(BUILD)/selftests/wire/script -d

sparse:
	@$(MAKE) --no-print-directory module C=2

checkpatch:
	@selftests/checkpatch

lint:
	@selftests/lint

clean:
	rm -rf $(BUILD)
