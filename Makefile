# SPDX-License-Identifier: GPL-2.0-or-later
#
# What a developer or the CI runs. The work is done by scripts/ and tests/; a
# target here only says in which order. Each target's comment after ## is what
# `make help` shows.

# The kernel to build and test with: 5.10, 6.1, 6.12, 7.2 or debug.
KERNEL ?= 6.1
KERNELS := 5.10 6.1 6.12 7.2
# Where results go; scripts/count-results has its own place for each check.
RESULTS = $(or $(LVN_RESULTS),build/results)
# The kernel, or nothing where only the default says which.
given := $(if $(filter-out file,$(origin KERNEL)),$(KERNEL))

.DEFAULT_GOAL := help

.PHONY: help
help: ## show this text
	@echo "usage: make TARGET [KERNEL=$(KERNEL)]"
	@echo
	@sed -n 's/^\([a-z][a-z0-9-]*\):[^#]*## \(.*\)/\1	\2/p' $(MAKEFILE_LIST) | \
		awk -F '\t' '{ printf "  %-18s %s\n", $$1, $$2 }'

.PHONY: demo
demo: ## watch L-VN work, here (DATAPATH=user) or in a virtual machine (=module, KERNEL=...)
	@demo/run $(given:%=--kernel %) $(DATAPATH:%=--datapath %)

.PHONY: deps
deps: ## install the Debian packages that are missing (as root or by sudo)
	@scripts/install-deps

.PHONY: kernels
kernels: ## fetch all kernels to test with into the cache
	@scripts/install-deps kernel
	@scripts/kernels fetch $(KERNELS)

.PHONY: kernel-$(KERNEL)
kernel-$(KERNEL):
	@scripts/install-deps kernel
	@if [ "$(KERNEL)" = debug ]; then scripts/debug-kernel; \
	else scripts/kernels fetch $(KERNEL); fi

.PHONY: module
module: kernel-$(KERNEL) ## build the module for KERNEL (DEBUG=1 SPARSE=1 WERROR=1)
	@scripts/build-module $(KERNEL)

.PHONY: user
user: ## build the library and the programs into build/user/
	@scripts/install-deps build
	@scripts/build-user --no-tests build/user

.PHONY: install
install: user ## install what `make user` built, and the module's source for DKMS (DESTDIR=...)
	@DESTDIR="$(DESTDIR)" scripts/install

.PHONY: uninstall
uninstall: ## remove what `make install` installed (DESTDIR=...)
	@DESTDIR="$(DESTDIR)" scripts/install --uninstall

.PHONY: lint
lint: ## run the checkers of style and form (LINT_ARGS=--all: checkpatch on user space, too)
	@scripts/install-deps build vm lint
	@scripts/install-deps kernel
	@scripts/kernels fetch 6.1 >/dev/null
	@scripts/lint $(LINT_ARGS)

# `make check` runs the whole suite of the module on the first, what is marked essential on the others.
CHECK_KERNELS ?= 6.1 5.10 6.12 7.2
FIRST_KERNEL = $(firstword $(CHECK_KERNELS))
OTHER_KERNELS = $(filter-out $(FIRST_KERNEL),$(CHECK_KERNELS))

# The daemon's tests that need a machine, for what this host's kernel may lack (VRF); on an old kernel,
# which has no aggregates of UDP into a TUN (before 6.2). The others take minutes: check-all has them.
OLD_KERNEL = $(addprefix tests/system/test_,underlay.py::test_vrf \
	     underlay.py::test_unbound_hears_nothing_of_a_vrf)

# What runs in machines, and what runs here: independent of each other, so beside each other.
# What runs where, and how long it takes, is in docs/testing.md.
IN_MACHINES = "check-system KERNEL=$(FIRST_KERNEL)" \
	$(OTHER_KERNELS:%="check-system KERNEL=% DEBUG=1 TESTS=-messential") \
	"check-agents KERNEL=$(FIRST_KERNEL) AGENTS=-mdataplane" \
	"check-tsp KERNEL=$(FIRST_KERNEL) TESTS=-mdataplane" \
	"check-system KERNEL=5.10 DATAPATH=user TESTS='$(OLD_KERNEL)'" \
	"check-fastpath KERNEL=5.10 TESTS=-mkernel" \
	"check-module KERNEL=$(FIRST_KERNEL)"
HERE = check-unit lint check-sanitize check-agents-sanitize "check-fuzz FUZZ_SECONDS=4" check-fastpath \
	check-system-native check-system-threads "check-agents-user AGENTS=-mdataplane" check-tsp \
	"check-builds BUILDS='older no-ipv6 bits32'" "demo DATAPATH=user"

.PHONY: check
check: ## check style, and run the tests, on the kernels CHECK_KERNELS (about an hour)
	@scripts/install-deps build vm test demo lint
	@scripts/count-results $(IN_MACHINES) --beside $(HERE)

.PHONY: check-all
check-all: ## all there is, whole suites on all kernels, long fuzzing, packages (half a day)
	@scripts/install-deps
	@scripts/count-results "lint LINT_ARGS=--all" check-unit check-sanitize "check-fuzz FUZZ_SECONDS=300" \
		check-vm-smoke check-builds $(CHECK_KERNELS:%="check-module KERNEL=%") \
		$(CHECK_KERNELS:%="check-system KERNEL=%") \
		$(CHECK_KERNELS:%="check-system KERNEL=% DATAPATH=user") \
		$(CHECK_KERNELS:%="check-fastpath KERNEL=%") check-fastpath \
		$(CHECK_KERNELS:%="check-agents KERNEL=%") check-agents-user check-agents-sanitize \
		$(CHECK_KERNELS:%="check-tsp KERNEL=%") check-tsp \
		check-system-native "check-system-sanitize TESTS=tests/system" check-system-threads \
		"demo DATAPATH=user" "demo DATAPATH=module" check-deb check-fresh check-debug

.PHONY: check-kernels
check-kernels: ## run the system tests on every kernel; table for docs/kernels.md
	@scripts/count-results $(KERNELS:%="check-system KERNEL=%"); status=$$?; \
		scripts/kernel-table $(KERNELS) | tee build/results/kernels.md; exit $$status

.PHONY: check-builds
check-builds: ## build the module for headers and configurations that Debian does not have (BUILDS=...)
	@scripts/install-deps build kernel
	@scripts/kernels fetch 6.1 6.12
	@scripts/check-builds $(BUILDS)

.PHONY: check-debug
check-debug: ## run the system tests on the debug kernel (takes long)
	@scripts/count-results "check-system KERNEL=debug"

.PHONY: check-unit
check-unit: ## test the parts of user space
	@scripts/install-deps build test
	@scripts/build-user build/user
	@mkdir -p $(RESULTS)
	@meson test -C build/user --print-errorlogs; status=$$?; \
		cp build/user/meson-logs/testlog.junit.xml $(RESULTS)/unit.xml; exit $$status

# -O1 compiles in three quarters of the time that -O2 takes, and the tests are as quick.
SANITIZE = -Db_sanitize=address,undefined -Doptimization=1

.PHONY: check-sanitize
check-sanitize: ## the same under ASan and UBSan
	@scripts/install-deps build test
	@scripts/build-user build/asan $(SANITIZE)
	@mkdir -p $(RESULTS)
	@meson test -C build/asan --print-errorlogs; status=$$?; \
		cp build/asan/meson-logs/testlog.junit.xml $(RESULTS)/asan.xml; exit $$status

# How long each fuzz target runs.
FUZZ_SECONDS ?= 10

.PHONY: check-fuzz
check-fuzz: ## run each fuzz target for FUZZ_SECONDS
	@scripts/install-deps build lint test
	@tests/fuzz/run --seconds $(FUZZ_SECONDS)

.PHONY: check-module
check-module: kernel-$(KERNEL) ## have the module check itself by its vectors, in a machine
	@scripts/install-deps build vm
	@DEBUG=1 tests/vm/run --kernel $(KERNEL) -- sh -c 'dmesg | grep "ipudp: self-tests passed"'

.PHONY: check-system
check-system: kernel-$(KERNEL) ## test devices and tunnels in a machine (TESTS="FILE... -k WORD" DATAPATH=user)
	@scripts/install-deps build vm test
	@scripts/build-user build/user
	@tests/system/run --kernel $(KERNEL) $(DATAPATH:%=--datapath %) $(TESTS)

.PHONY: check-system-native
check-system-native: ## the same with ipudpd, on this machine in namespaces (as root)
	@scripts/install-deps build test
	@scripts/build-user build/user
	@tests/system/run --datapath user $(TESTS)

# What changes tables while packets read them. All with TESTS=tests/system.
SANITIZED = test_churn test_fastpath test_ipudpd test_rules test_offload test_liveness test_frames

.PHONY: check-system-sanitize
check-system-sanitize: ## the same, ipudpd and ipudp under ASan and UBSan (TESTS=...)
	@scripts/install-deps build test
	@scripts/build-user build/asan $(SANITIZE)
	@LVN_BUILD=$(CURDIR)/build/asan tests/system/run --datapath user \
		$(or $(TESTS),$(SANITIZED:%=tests/system/%.py))

# Without the fast path, so that the threads have to do. Those left out are about sockets that have
# no room, and count what is lost elsewhere where the sender aggregates or the receiver is this slow.
# By clang: gcc 12 makes small copies of single instructions, which its TSan does not see.
THREADED = ipudpd/ipudpd tool/ipudp tests/system/helpers/frame_peer tests/system/helpers/udpblast
.PHONY: check-system-threads
check-system-threads: ## the same under TSan (TESTS=...)
	@scripts/install-deps build test lint
	@CC=clang-14 scripts/build-user $(THREADED:%=--only %) build/tsan \
		-Db_sanitize=thread -Db_lundef=false
	@LVN_BUILD=$(CURDIR)/build/tsan LVN_IPUDPD_OPTIONS=--no-fastpath \
		setarch --addr-no-randomize tests/system/run \
		--datapath user -k "not overflow_is_counted and not queue_is_bounded" \
		$(or $(TESTS),$(filter-out %fastpath.py,$(SANITIZED:%=tests/system/%.py)))

.PHONY: check-vm-smoke
check-vm-smoke: kernel-$(KERNEL) ## test the test bench itself
	@scripts/install-deps vm
	@tests/vm/selftest $(KERNEL)

.PHONY: bench
bench: kernel-$(KERNEL) ## measure the module against fou, vxlan, geneve, wireguard
	@scripts/install-deps build vm bench test
	@tests/bench/run --kernel $(KERNEL) $(BENCH)

.PHONY: check-agents
check-agents: kernel-$(KERNEL) ## test hub and spokes in a machine (AGENTS="FILE... -k WORD")
	@scripts/install-deps build vm test
	@scripts/build-user build/user
	@tests/agents/run --kernel $(KERNEL) $(AGENTS)

.PHONY: check-agents-user
check-agents-user: ## the same with ipudpd, on this machine in namespaces (as root)
	@scripts/install-deps build test
	@scripts/build-user build/user
	@tests/agents/run --datapath user $(AGENTS)

.PHONY: check-agents-native
check-agents-native: ## the same without a data plane, on this machine (as root)
	@scripts/install-deps build test
	@scripts/build-user build/user
	@tests/agents/run --native $(AGENTS)

.PHONY: check-tsp
check-tsp: $(given:%=kernel-%) ## test the TSP broker with ipudpd, here (as root), or with the module (KERNEL=... TESTS=...)
	@scripts/install-deps build test $(given:%=vm)
	@scripts/build-user build/user
	@tests/tsp/run $(given:%=--kernel %) $(TESTS)

.PHONY: check-agents-sanitize
check-agents-sanitize: ## the same again, the agents under ASan and UBSan
	@scripts/install-deps build test
	@scripts/build-user build/asan $(SANITIZE)
	@LVN_BUILD=$(CURDIR)/build/asan tests/agents/run --sanitized $(AGENTS)

.PHONY: bench-agents
bench-agents: ## measure the hub with 10000 spokes (as root; SPOKES=...)
	@scripts/install-deps build test
	@scripts/build-user build/user
	@tests/bench/agents/run --spokes $(or $(SPOKES),10000) $(BENCH)

.PHONY: check-fastpath
check-fastpath: $(given:%=kernel-%) ## test the eBPF fast path without the daemon, here (as root), or in a machine (KERNEL=...)
	@scripts/install-deps build test $(given:%=vm)
	@scripts/build-user build/user
	@tests/fastpath/run $(given:%=--kernel %) $(TESTS)

.PHONY: bench-native
bench-native: ## compare ipudpd with VXLAN, OpenVPN and others on this machine (as root; REPEAT=5)
	@scripts/install-deps build bench native test
	@tests/bench/native/run --repeat $(or $(REPEAT),5) $(BENCH)

.PHONY: deb
deb: ## build the Debian packages into build/deb
	@scripts/install-deps build deb
	@packaging/build-deb

.PHONY: check-deb
check-deb: deb ## install the packages in copies of this system, by hand and under systemd (as root)
	@scripts/install-deps build boot
	@tests/packaging/install build/deb
	@tests/packaging/boot build/deb $(TESTS)

.PHONY: check-fresh
check-fresh: ## run the targets in copies of a bare Debian 12, an hour or two (as root; FRESH="TARGET...")
	@scripts/install-deps fresh
	@tests/fresh/run $(FRESH)

.PHONY: clean
clean: ## remove what was built, keep what was downloaded
	rm -rf build
