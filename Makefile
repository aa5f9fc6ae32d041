# Stave: a shell in which a container is built by hand, one kernel primitive at a time.
#
#   make [TARGET] [PREFIX=/usr/local] [DESTDIR=] [CC=gcc] [CFLAGS=...] [LDFLAGS=...] [V=1]
#        [STATIC=0|1] [PIE=1] [WERROR=1] [SANITIZE=address,undefined] [BUILD=folder]
#        [CROSS=aarch64-linux-gnu]   for another machine, by Debian's multiarch packages
#
# A line of the form "## name: what it does" stands over each target; `make help` lists them.

VERSION    ?= 0.1.0
PREFIX     ?= /usr/local
BUILD      ?= build$(if $(CROSS),/$(CROSS))
CFLAGS     ?= -O2 -g
PKG_CONFIG ?= $(if $(CROSS),PKG_CONFIG_LIBDIR=/usr/lib/$(CROSS)/pkgconfig:/usr/share/pkgconfig )pkg-config
INSTALL    ?= install
STRIP      ?= $(if $(CROSS),$(CROSS)-)strip
FUZZ_SECONDS ?= 10
Q := $(if $(V),,@)
ifneq ($(CROSS),)
CC := $(CROSS)-gcc
endif

# The program lies in the tree itself, unless a folder of one's own is asked for.
STAVE := $(if $(filter build,$(BUILD)),stave,$(BUILD)/stave)

# What the shell starts itself lies beside it, and is installed below LIBEXEC: what tries the walls
# out, and the reader of archives, which is not linked into the shell nor trusted by it.
PROBE   := $(dir $(STAVE))stave-probe
READER  := $(dir $(STAVE))stave-archive
LIBEXEC := $(PREFIX)/libexec/stave

LIBRARIES := readline libcap libseccomp libcmark jansson
READERS_LIBRARIES := libarchive zlib nettle jansson libcap libseccomp
SOURCES   := $(filter-out repl/probe/% repl/archive/%,$(wildcard repl/*.c repl/*/*.c repl/*/*/*.c \
	     repl/*/*/*/*.c))
READERS_SOURCES := $(wildcard repl/archive/*/*.c repl/archive/*.c repl/base/*.c repl/base/*/*.c)
READERS_OBJECTS := $(READERS_SOURCES:%.c=$(BUILD)/%.o)
OBJECTS   := $(SOURCES:%.c=$(BUILD)/%.o)
ROOMS     := $(filter-out $(BUILD)/repl/main.o,$(OBJECTS))
TESTS     := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/*/*_test.c))
FUZZERS   := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/fuzz/fuzz_*.c))

WARNINGS  := -Wall -Wextra -Wshadow -Wconversion -Wno-sign-conversion -Wstrict-prototypes \
	     -Wmissing-prototypes -Wno-missing-field-initializers $(if $(WERROR),-Werror)
# A section for each function: the linker can place one apart from the others of its file.
SECTIONS  := -ffunction-sections
HARDENING := -fstack-protector-strong -fPIE $(if $(SANITIZE),,-D_FORTIFY_SOURCE=2)
SANITIZER := $(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-sanitize-recover=all \
	     -fno-omit-frame-pointer -DSANITIZED)

## all: build the program, the probe that verify starts, the reader of archives (the default)
all: $(STAVE) $(PROBE) $(READER)

ifneq ($(filter-out clean help lint pot uninstall,$(or $(MAKECMDGOALS),all)),)
ifneq ($(shell $(PKG_CONFIG) --exists $(LIBRARIES) $(READERS_LIBRARIES) || echo missing),)
$(error pkg-config does not find all of: $(LIBRARIES) $(READERS_LIBRARIES). scripts/run installs what is missing)
endif
COMPILE := $(CC) -std=gnu11 -D_GNU_SOURCE -DSTAVE_VERSION='"$(VERSION)"' -Irepl \
	   -DSTAVE_SHARE='"$(PREFIX)/share/stave"' \
	   $(shell $(PKG_CONFIG) --cflags $(LIBRARIES) $(READERS_LIBRARIES)) \
	   $(WARNINGS) $(HARDENING) $(SECTIONS) $(SANITIZER) $(CPPFLAGS) $(CFLAGS)
LINK    := $(CC) $(SANITIZER) $(CFLAGS) -Wl,-z,relro,-z,now $(LDFLAGS)
SHARED  := -pie $(shell $(PKG_CONFIG) --libs $(LIBRARIES))
READERS := -pie $(shell $(PKG_CONFIG) --libs $(READERS_LIBRARIES))
# The shell at a fixed address: the pages of its tables stay the file's, where relocations would copy them at each
# start, and each fork once more. docs/performance.md has what that gains and costs.
ARCHIVE := $(if $(PIE),-static-pie,-static -no-pie) $(shell $(PKG_CONFIG) --static --libs $(LIBRARIES))

# Trial links, once a build folder, tell whether the static libraries are there, and whether the linker takes an order
# (scripts/order): functions that the one-shot executes lie together, for the kernel maps 16 pages around each touched one.
$(BUILD)/static.mk: Makefile
	@mkdir -p $(@D)
	@echo 'int main(void) { return 0; }' | \
		$(CC) $(LDFLAGS) -fPIE -x c - -o $@.try $(ARCHIVE) 2>/dev/null && \
		echo 'STATIC ?= 1' >$@ || echo 'STATIC ?= 0' >$@
	@echo 'int main(void) { return 0; }' | \
		$(CC) $(LDFLAGS) -x c - -o $@.try -Wl,-T,repl/order.ld 2>/dev/null && \
		echo 'ORDER ?= -Wl,-T,repl/order.ld' >>$@; rm -f $@.try
ifeq ($(SANITIZE),)
include $(BUILD)/static.mk
endif
STATICALLY := $(if $(SANITIZE),,$(filter 1,$(STATIC)))
LIBS := $(if $(STATICALLY),$(ARCHIVE) $(ORDER),$(SHARED))
endif

# What was compiled or linked with other flags is compiled or linked again; with the same ones `make -q` says that nothing
# is to be done.
LINKED := $(LINK) $(LIBS) $(READERS)
$(BUILD)/compile.flags: FLAGS = $(COMPILE)
$(BUILD)/link.flags: FLAGS = $(LINKED)
ifneq ($(strip $(file <$(BUILD)/compile.flags)),$(strip $(COMPILE)))
$(BUILD)/compile.flags: FORCE
endif
ifneq ($(strip $(file <$(BUILD)/link.flags)),$(strip $(LINKED)))
$(BUILD)/link.flags: FORCE
endif
$(BUILD)/%.flags:
	@mkdir -p $(@D)
	@echo '$(subst ','\'',$(FLAGS))' >$@

$(BUILD)/%.o: %.c $(BUILD)/compile.flags
	@mkdir -p $(@D)
	$(if $(V),,@echo '  CC   $<' >&2)
	$(Q)$(COMPILE) -MMD -MP -c -o $@ $<

# ld warns that a static getpwnam loads libraries: readline has it for ~user, which nobody calls.
GETPW := statically linked applications requires|in function .*(username_compl|tilde_|home_dir)
$(STAVE): $(OBJECTS) $(BUILD)/link.flags repl/order.ld
	$(Q)$(LINK) -o $@ $(OBJECTS) $(LIBS) 2>$(BUILD)/link.log; status=$$?; \
		grep -vE '$(GETPW)' $(BUILD)/link.log >&2; exit $$status
	@echo '  LINK $@ ($(if $(STATICALLY),static; STATIC=0 for a dynamic one,dynamic))' >&2

# Static, because it runs where no loader is; for the same reason without sanitizers.
PROBED := $(CC) -std=gnu11 -D_GNU_SOURCE -Irepl $(WARNINGS) -fstack-protector-strong -O2
$(PROBE): $(wildcard repl/probe/*.[ch]) repl/base/process/namespaces.h $(BUILD)/compile.flags
	$(Q)$(PROBED) $(LDFLAGS) -static -o $@ $(filter %.c,$^)
	@echo '  LINK $@ (static)' >&2

$(READER): $(READERS_OBJECTS) $(BUILD)/link.flags
	$(Q)$(LINK) -o $@ $(READERS_OBJECTS) $(READERS)
	@echo '  LINK $@' >&2

# All but main(), as archives of names: each test takes in only what it asks for.
IN_ROOMS := $(BUILD)/rooms.a
IN_READER := $(BUILD)/reader.a
$(IN_ROOMS): $(ROOMS)
$(IN_READER): $(filter-out %/archive/program/main.o,$(READERS_OBJECTS))
$(IN_ROOMS) $(IN_READER):
	$(Q)rm -f $@ && $(AR) rcsT $@ $^

$(BUILD)/tests/archive/%_test: $(BUILD)/tests/archive/%_test.o $(IN_READER)
	$(Q)$(LINK) -o $@ $^ $(READERS) $$($(PKG_CONFIG) --libs cmocka)

$(BUILD)/tests/%_test: $(BUILD)/tests/%_test.o $(IN_ROOMS)
	$(Q)$(LINK) -o $@ $^ $(SHARED) $$($(PKG_CONFIG) --libs cmocka)

# The program with a wall left out that no option leaves out, beside a probe of its own.
UNSEALED := $(BUILD)/tests/e2e/unsealed/stave
$(UNSEALED): $(BUILD)/tests/e2e/unsealed.o $(OBJECTS) $(PROBE)
	@mkdir -p $(@D)
	$(Q)cp $(PROBE) $(@D)
	$(Q)$(LINK) -Wl,--wrap=seal_program -o $@ $(filter %.o,$^) $(SHARED)

# What mounts by either sequence of calls, for tests of filters.
MOUNTER := $(BUILD)/tests/e2e/mounter
$(MOUNTER): $(BUILD)/tests/e2e/mounter.o
	$(Q)$(LINK) -o $@ $<

# A hostile program in a container: static, and without sanitizers, as the probe.
TRACER := $(BUILD)/tests/e2e/tracer
$(TRACER): tests/e2e/tracer.c $(BUILD)/compile.flags
	@mkdir -p $(@D)
	$(Q)$(PROBED) $(LDFLAGS) -static -o $@ $<

# The program and the reader with their calls wrapped, so that tests/faults/run can make each one fail.
FAULTS  := $(BUILD)/tests/faults/stave
FAILING := $$(sed -nE 's/^CALL\((\w+).*/-Wl,--wrap=\1/p' tests/faults/calls.h) -Wl,--wrap=syscall -Wl,--wrap=clock_now
$(FAULTS): $(BUILD)/tests/faults/calls.o $(OBJECTS) $(READERS_OBJECTS) $(PROBE) $(BUILD)/link.flags
	@mkdir -p $(@D)
	$(Q)cp $(PROBE) $(@D)
	$(Q)$(LINK) $(FAILING) -o $(@D)/stave-archive $< $(READERS_OBJECTS) $(READERS)
	$(Q)$(LINK) $(FAILING) -o $@ $< $(OBJECTS) $(LIBS) 2>$(BUILD)/faults.log || { cat $(BUILD)/faults.log >&2; false; }

# Counters that live in a file shared by all processes of a program: most of them end by _exit(2) or
# a signal, or lie behind a pivot_root(2), and what one starts itself is given no environment.
COVERED := $(abspath $(BUILD))/coverage
## coverage: run the tests with counters, and hold each room's branches to its floor (clang, llvm)
coverage:
	+$(MAKE) BUILD=$(BUILD)/coverage CC=clang CPPFLAGS='-mllvm -runtime-counter-relocation' \
		CFLAGS='-O1 -g -fcoverage-mapping \
		-fprofile-instr-generate=$(COVERED)/counts/%c%m.profraw' all tests
	tests/coverage $(BUILD)/coverage

# libFuzzer is clang's; all that it steers is built again with its instruments.
$(BUILD)/tests/fuzz/fuzz_%: $(BUILD)/tests/fuzz/fuzz_%.o $(IN_ROOMS)
	$(Q)$(LINK) -fsanitize=fuzzer $(WRAPPED) -o $@ $^ $(SHARED)
$(BUILD)/tests/fuzz/fuzz_journal: WRAPPED := -Wl,--wrap=undo_perform
$(BUILD)/tests/fuzz/fuzz_lay%: $(BUILD)/tests/fuzz/fuzz_lay%.o $(IN_READER)
	$(Q)$(LINK) -fsanitize=fuzzer -o $@ $^ $(READERS)

## tests: build the unit tests, and a program for tests/e2e
tests: $(TESTS) $(UNSEALED) $(MOUNTER) $(TRACER) $(FAULTS)

# What T, a regular expression, matches of the names that the tests are reported by; all without it.
WANTED := $(if $(T),$(addprefix $(BUILD)/tests/,$(shell printf '%s\n' $(TESTS:$(BUILD)/tests/%=%) | \
	  grep -E '$(T)')),$(TESTS))
CHECK  := FILTER='$(or $(T),$(FILTER))' tests/check $(STAVE) tests/rooms $(WANTED)

## check: run all tests as who you are; T=ops/say, T='e2e/(union|layers)': those that it matches
check: all $(WANTED) $(UNSEALED) $(MOUNTER) $(TRACER) $(FAULTS)
	@$(CHECK)

## check-root: the same as root, where namespaces and cgroups can always be made
check-root: all $(WANTED) $(UNSEALED) $(MOUNTER) $(TRACER) $(FAULTS)
	@$(if $(filter 0,$(shell id -u)),,sudo )env $(CHECK)

## asan: check, with everything built with AddressSanitizer and UBSan
asan:
	+$(MAKE) BUILD=$(BUILD)/asan SANITIZE=address,undefined CFLAGS='-O1 -g' check

## fuzz: run each target of tests/fuzz for FUZZ_SECONDS (10), built by clang
fuzz:
	+$(MAKE) BUILD=$(BUILD)/fuzz SANITIZE=fuzzer-no-link,address,undefined CC=clang \
		CFLAGS='-O1 -g' fuzzers
	@tests/fuzz/run $(FUZZ_SECONDS) $(FUZZERS:$(BUILD)/%=$(BUILD)/fuzz/%)
fuzzers: $(FUZZERS)

# What is measured beside Stave: rows of tests/bench/run. Limits are programs of their own, static as the shell.
BENCH := $(addprefix $(BUILD)/tests/bench/,step union wire hello container used calls)
## bench: measure Stave beside its limit and peers, one table; BENCHED='--json' or '--growth' or '--only start'
bench: all $(BENCH)
	tests/bench/run $(STAVE) $(BUILD)/tests/bench $(BENCHED)

$(addprefix $(BUILD)/tests/bench/,hello container used calls wire touched): %: %.o
	$(Q)$(LINK) -static -o $@ $<

$(BUILD)/tests/bench/%: $(BUILD)/tests/bench/%.o $(ROOMS)
	$(Q)$(LINK) -o $@ $^ $(SHARED)

## lint: the habits of the house, shellcheck, clang-tidy, cppcheck, musl; runs nothing
lint:
	@tests/lint; habits=$$?; tests/tools && exit $$habits

## docs: fill the generated parts of README*.md and docs/
docs: all
	scripts/docs

## pages: write the golden pages of tests/pages again: help, concepts, errors, what tests hold in sentences
pages: all tests
	scripts/pages

## pot: collect the messages of the program into po/stave.pot, and bring po/*.po into its order
pot:
	scripts/pot

## install: put the program (stripped; STRIP=: leaves it as it is), its manual page, completions, catalogs and lessons under DESTDIR and PREFIX
install: all
	$(INSTALL) -D -m 755 $(STAVE) '$(DESTDIR)$(PREFIX)/bin/stave'
	$(INSTALL) -D -m 755 $(PROBE) '$(DESTDIR)$(LIBEXEC)/stave-probe'
	$(INSTALL) -D -m 755 $(READER) '$(DESTDIR)$(LIBEXEC)/stave-archive'
	$(STRIP) '$(DESTDIR)$(PREFIX)/bin/stave' '$(DESTDIR)$(LIBEXEC)/stave-probe' '$(DESTDIR)$(LIBEXEC)/stave-archive'
	$(INSTALL) -D -m 644 docs/stave.1 '$(DESTDIR)$(PREFIX)/share/man/man1/stave.1'
	$(INSTALL) -D -m 644 docs/completions/stave.bash \
		'$(DESTDIR)$(PREFIX)/share/bash-completion/completions/stave'
	$(INSTALL) -D -m 644 docs/completions/_stave \
		'$(DESTDIR)$(PREFIX)/share/zsh/site-functions/_stave'
	$(INSTALL) -D -m 644 docs/completions/stave.fish \
		'$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/stave.fish'
	$(foreach file,$(wildcard lessons/*.* lessons/*/*.* po/*.po),$(INSTALL) -D -m 644 $(file) \
		'$(DESTDIR)$(PREFIX)/share/stave/$(file)' &&) true

## uninstall: take away what install put there
uninstall:
	rm -f '$(DESTDIR)$(PREFIX)/bin/stave' '$(DESTDIR)$(PREFIX)/share/man/man1/stave.1'
	rm -f '$(DESTDIR)$(PREFIX)/share/bash-completion/completions/stave' \
		'$(DESTDIR)$(PREFIX)/share/zsh/site-functions/_stave' \
		'$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/stave.fish'
	rm -rf '$(DESTDIR)$(PREFIX)/share/stave' '$(DESTDIR)$(LIBEXEC)'

## clean: remove what was built
clean:
	rm -rf $(BUILD) $(STAVE) $(PROBE) $(READER)

## help: list the targets
help:
	@sed -n 's/^## \([a-z-]*\): \(.*\)/  \1\t\2/p' Makefile | expand -t 16

FORCE:
.PHONY: all tests lint check check-root asan fuzz fuzzers bench coverage docs pages pot install uninstall \
	clean help FORCE
.SECONDARY:
-include $(OBJECTS:.o=.d) $(READERS_OBJECTS:.o=.d) $(TESTS:=.d) $(FUZZERS:=.d) \
	$(BUILD)/tests/e2e/unsealed.d
