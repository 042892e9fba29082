# Which CPU is built for, with which compiler, where to: sets B, CC, LD, AR and, for another CPU
# than this machine's, CROSS_CFLAGS and CROSS_LDFLAGS.
#
# Another CPU's um is static, since it runs where nothing is installed.  Its libraries are built
# by tools/crosslibs, once.
HOSTARCH := $(shell uname -m | sed -e 's/aarch64/arm64/' -e 's/i.86/i386/')
SUBARCH ?= $(HOSTARCH)
SUBARCHS := $(sort $(patsubst Makefile-%,%,$(wildcard Makefile-*)))

ifeq ($(filter $(SUBARCH),$(SUBARCHS)),)
$(error there is no port to the CPU '$(SUBARCH)'; SUBARCH= can be: $(SUBARCHS))
endif
include Makefile-$(SUBARCH)

ifeq ($(SUBARCH),$(HOSTARCH))
CROSS_COMPILE ?=
B := build
else
B := build/$(SUBARCH)
# The cross compiler is the one that is installed, else the port lab's.
ifndef CROSS_COMPILE
CROSS_COMPILE := $(if $(shell command -v $(CROSS_PREFIX)gcc),$(CROSS_PREFIX),$(patsubst \
	%gcc,%,$(shell tools/portlab cc $(SUBARCH) 2>/dev/null)))
endif
ifeq ($(CROSS_COMPILE),)
$(error no compiler for $(SUBARCH): install Debian's gcc-$(patsubst %-,%,$(CROSS_PREFIX)), \
	or do: tools/portlab setup $(SUBARCH))
endif
CROSSLIBS := $(shell tools/crosslibs --dir $(SUBARCH))
CROSS_CFLAGS := -isystem $(CROSSLIBS)/include
CROSS_LDFLAGS := -static -L$(CROSSLIBS)/lib
CROSS_LIBSECCOMP := $(CROSSLIBS)/lib/libseccomp.a
CROSS_BUSYBOX := $(CROSSLIBS)/bin/busybox

$(CROSS_LIBSECCOMP):
	@CC=$(CC) tools/crosslibs $(SUBARCH) libseccomp

$(CROSS_BUSYBOX):
	@CC=$(CC) tools/crosslibs $(SUBARCH) busybox
endif

CC := $(CROSS_COMPILE)gcc
LD := $(CROSS_COMPILE)ld
AR := $(CROSS_COMPILE)ar
