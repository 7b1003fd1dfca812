# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# How a demonstration tells its story: headings, hosts, commands and their
# output, and what must come of them. To be sourced by what demo/run starts. A
# host is a network namespace. The first thing that does not work ends the
# demonstration.

here=$(cd "$(dirname "${BASH_SOURCE[1]}")/.." && pwd -P)
export PATH=$here/build/user/tool:$PATH
tmp=$(mktemp -d /tmp/lvn-demo.XXXXXX)
shown=0

if [[ ${LVN_DEMO_COLOR:-} == 1 ]]; then
	bold=$'\e[1m' green=$'\e[32m' red=$'\e[31m' cyan=$'\e[36m' plain=$'\e[0m'
else
	bold='' green='' red='' cyan='' plain=''
fi

# A chapter of the story.
#   heading TEXT
heading()
{
	printf '\n%s%s%s\n%s\n' "$bold" "$1" "$plain" "${1//?/=}"
}

# Text from standard input, indented.
tell()
{
	local line

	echo
	while IFS= read -r line; do
		printf '%s\n' "${line:+  $line}"
	done
	echo
}

fail()
{
	printf '\n%sFAILED: %s%s\n' "$red" "$*" "$plain"
	exit 1
}

# Hosts that are there, by their names.
declare -A living=()

# Hosts without a network, but with lo.
#   hosts NAME...
hosts()
{
	local host

	for host; do
		ip netns add "$host"
		living[$host]=1
		ip -n "$host" link set lo up
	done
}

# Take them away, and all that is in them.
#   forget NAME...
forget()
{
	local host

	for host; do
		# a daemon would hold it
		[[ ${IPUDP_DATAPATH:-} != user ]] || stop_all "$host"
		ip netns del "$host"
		unset "living[$host]"
	done
}

# End the processes of a host, the hard way if need be.
#   stop_all HOST
stop_all()
{
	local pids signal

	for signal in TERM TERM TERM KILL; do
		pids=$(ip netns pids "$1")
		[[ -n $pids ]] || return 0
		# shellcheck disable=SC2086 # one word each
		kill -"$signal" $pids 2>/dev/null || true
		sleep 0.5
	done
}

# When the demonstration ends before its time, nothing of it stays.
clean_up()
{
	local host

	trap - ERR
	for host in "${!living[@]}"; do
		stop_all "$host"
		ip netns del "$host" || true
	done
	rm -rf "$tmp"
}

# A cable between two hosts, with addresses at both ends.
#   cable HOST ADDR4 ADDR6 HOST ADDR4 ADDR6
cable()
{
	ip link add "to-$4" netns "$1" type veth peer name "to-$1" netns "$4"
	ip -n "$1" addr add "$2" dev "to-$4"
	ip -n "$1" addr add "$3" dev "to-$4" nodad
	ip -n "$4" addr add "$5" dev "to-$1"
	ip -n "$4" addr add "$6" dev "to-$1" nodad
	ip -n "$1" link set "to-$4" up
	ip -n "$4" link set "to-$1" up
}

# Run a command on a host without a word.
#   quietly HOST COMMAND...
quietly()
{
	local host=$1
	shift

	ip netns exec "$host" "$@"
}

# Show a command, run it on a host, show its output, and end if it fails.
#   on HOST COMMAND...
on()
{
	local host=$1 status=0
	shift

	printf '  %s%-6s#%s %s\n' "$cyan" "$host" "$plain" "$*"
	quietly "$host" "$@" >"$tmp/output" 2>&1 || status=$?
	sed 's/^/          /' "$tmp/output"
	((status == 0)) || fail "on $host, '$*' ended with status $status"
}

# What was to be shown has been shown.
#   ok TEXT
ok()
{
	shown=$((shown + 1))
	printf '  %sok%s      %s\n' "$green" "$plain" "$1"
}

# Try until it works, 10 s at most.
#   until_ok COMMAND...
until_ok()
{
	local end=$((SECONDS + 10))

	until "$@"; do
		((SECONDS < end)) || return 1
		sleep 0.1
	done
}

# Show a ping that must get all its answers.
#   ping_shown HOST ADDRESS TEXT [OPTION...]
ping_shown()
{
	local host=$1 address=$2 text=$3
	shift 3

	on "$host" ping -n -c 3 -i 0.2 -w 10 "$@" "$address"
	ok "$text"
}

port_open()
{
	[[ -n $(quietly "$1" ss -Hltn "sport = :$2") ]]
}

# Show a TCP connection that carries a file, unharmed.
#   tcp_shown SERVER ADDRESS PORT CLIENT TEXT
tcp_shown()
{
	local server=$1 address=$2 port=$3 client=$4 text=$5 pid

	[[ -e "$tmp/file" ]] || head -c $((4 << 20)) /dev/urandom >"$tmp/file"
	printf '  %s%-6s#%s nc -lN %s %s <file   (4 MiB)\n' "$cyan" "$server" "$plain" \
		"$address" "$port"
	quietly "$server" nc -lN "$address" "$port" <"$tmp/file" >/dev/null &
	pid=$!
	until_ok port_open "$server" "$port" || fail "nc does not listen on $address"
	printf '  %s%-6s#%s nc -d %s %s >copy\n' "$cyan" "$client" "$plain" "$address" "$port"
	quietly "$client" timeout 60 nc -d "$address" "$port" >"$tmp/copy" ||
		fail "on $client, nc $address $port ended with status $?"
	wait "$pid" || fail "on $server, nc ended with status $?"
	cmp "$tmp/file" "$tmp/copy" || fail "what arrived is not what was sent"
	ok "$text: $(stat -c %s "$tmp/copy") bytes arrived unharmed"
}

# The last line.
#   finish WHAT
finish()
{
	printf '\n%s%s: all %d things shown worked%s\n' "$green" "$1" "$shown" "$plain"
}

# What runs in the background says nothing when it is ended.
trap '((BASHPID == $$)) || exit; fail "${BASH_SOURCE[0]##*/}:$LINENO: $BASH_COMMAND"' ERR
trap clean_up EXIT
set -E

# A device of a host, by the means that its data plane offers.
#   device HOST NAME
device()
{
	if [[ ${IPUDP_DATAPATH:-} == user ]]; then
		on "$1" ipudp dev add "$2"
	else
		on "$1" ip link add "$2" type ipudp
	fi
}
