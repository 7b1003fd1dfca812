#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Called by Kbuild: compile probes.c once with the kernel's own flags, and write
# down which of its probes the compiler has nothing against.
#
#   probes.sh PROBES.C RESULT.H COMPILER FLAGS...
set -u
probes=$1
result=$2
shift 2
log=$result.log

# Errors are at the line of the probe, also those within macros of the kernel's
# (-ftrack-macro-expansion); all are shown; what only warns is none.
case $("$1" --version) in
*clang*) set -- "$@" -ferror-limit=0 ;;
*) set -- "$@" -ftrack-macro-expansion=0 -fmax-errors=0 ;;
esac
LC_ALL=C "$@" -Wno-error -Werror=implicit-function-declaration -Werror=int-conversion \
	-Werror=incompatible-pointer-types -fdiagnostics-color=never \
	-fsyntax-only "$probes" >"$log" 2>&1

if grep -E '(^|: )(fatal )?error: ' "$log" | grep -qv '^IPUDP_HAS_'; then
	cat "$log" >&2
	echo "ipudp: probing this kernel's headers failed, see above" >&2
	exit 1
fi
sed -n 's/^#line 1 "\(IPUDP_HAS_[A-Z0-9_]*\)"$/\1/p' "$probes" | while read -r name; do
	grep -q "^$name:.*error: " "$log" || echo "#define $name 1"
done >"$result.new"
mv "$result.new" "$result"
rm -f "$log"
