# SPDX-License-Identifier: GPL-2.0-or-later
#
# What a developer or the CI runs. The work is done by scripts/ and tests/; a
# target here only says in which order. Each target's comment after ## is what
# `make help` shows.

# The kernel to build and test with: 5.10, 6.1, 6.12, 7.2 or debug.
KERNEL ?= 6.1
KERNELS := 5.10 6.1 6.12 7.2

.DEFAULT_GOAL := help

.PHONY: help
help: ## show this text
	@echo "usage: make TARGET [KERNEL=$(KERNEL)]"
	@echo
	@sed -n 's/^\([a-z][a-z0-9-]*\):[^#]*## \(.*\)/\1	\2/p' $(MAKEFILE_LIST) | \
		awk -F '\t' '{ printf "  %-18s %s\n", $$1, $$2 }'

.PHONY: deps
deps: ## install the Debian packages that are missing (as root or by sudo)
	@scripts/install-deps

.PHONY: kernels
kernels: ## fetch all kernels to test with into the cache
	@scripts/kernels fetch $(KERNELS)

.PHONY: kernel-$(KERNEL)
kernel-$(KERNEL):
	@if [ "$(KERNEL)" = debug ]; then scripts/debug-kernel; \
	else scripts/kernels fetch $(KERNEL); fi

.PHONY: module
module: kernel-$(KERNEL) ## build the module for KERNEL (DEBUG=1 SPARSE=1 WERROR=1)
	@scripts/build-module $(KERNEL)

# The kernels that `make check` tests with; the others by `make check-kernels`.
CHECK_KERNELS ?= 6.1 6.12

.PHONY: check
check: ## run all tests, on the kernels CHECK_KERNELS
	@scripts/count-results check-unit $(CHECK_KERNELS:%="check-system KERNEL=%")

.PHONY: check-kernels
check-kernels: ## run the system tests on every kernel there is
	@scripts/count-results $(KERNELS:%="check-system KERNEL=%")

.PHONY: check-debug
check-debug: ## run the system tests on the debug kernel (takes long)
	@scripts/count-results "check-system KERNEL=debug"

.PHONY: check-unit
check-unit: ## test the parts of user space
	@scripts/install-deps build test
	@scripts/build-user build/user
	@mkdir -p build/results
	@meson test -C build/user --print-errorlogs; status=$$?; \
		cp build/user/meson-logs/testlog.junit.xml build/results/unit.xml; exit $$status

.PHONY: check-system
check-system: kernel-$(KERNEL) ## test devices and tunnels in a machine (TESTS="FILE... -k WORD")
	@scripts/install-deps build vm test
	@scripts/build-user build/user
	@tests/system/run --kernel $(KERNEL) $(TESTS)

.PHONY: check-vm-smoke
check-vm-smoke: kernel-$(KERNEL) ## test the test bench itself
	@scripts/install-deps vm
	@tests/vm/selftest $(KERNEL)

.PHONY: bench
bench: kernel-$(KERNEL) ## measure the module against fou, vxlan, geneve, wireguard
	@scripts/install-deps build vm bench
	@tests/bench/run --kernel $(KERNEL)

.PHONY: clean
clean: ## remove what was built, keep what was downloaded
	rm -rf build
