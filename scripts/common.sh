# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What the scripts here share: messages, the cache folder, and packages taken
# out of Debian's archive without installing them. To be sourced, not run.
#
# Packages come by apt, with a private configuration for each Debian release:
# neither the lists nor the preferences of this machine's apt are touched or
# trusted for other releases. Only the address of the mirror is taken over.

repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
cache=${LVN_CACHE:-$repo/.cache}
mkdir -p "$cache"
cache=$(cd "$cache" && pwd -P)

# The name a message begins with.
me=${0##*/}

say()
{
	printf '%s: %s\n' "$me" "$*" >&2
}

die()
{
	say "$*"
	exit 1
}

# A command that fails where nobody looks must not end a script without a word.
set -E
trap 'say "failed: ${BASH_SOURCE[0]##*/}:$LINENO: $BASH_COMMAND"' ERR

# Take the lock of a part of the cache until this process ends.
#   cache_lock NAME
cache_lock()
{
	local fd

	exec {fd}>"$cache/.$1.lock"
	if ! flock -n "$fd"; then
		say "waiting for another process that prepares $1"
		flock "$fd"
	fi
}

# Print the address of the mirror this machine's apt uses.
#   mirror archive|security
mirror()
{
	# shellcheck disable=SC2016 # these are apt's variables
	local format='$(REPO_URI)|$(RELEASE)|$(COMPONENT)|$(ORIGIN)'
	local kind=$1 uri release component origin

	if [[ $kind == security && -n ${LVN_MIRROR_SECURITY:-} ]]; then
		echo "$LVN_MIRROR_SECURITY"
		return
	elif [[ $kind == archive && -n ${LVN_MIRROR:-} ]]; then
		echo "$LVN_MIRROR"
		return
	fi

	while IFS='|' read -r uri release component origin; do
		[[ $component == main && $origin == Debian ]] || continue
		case $kind:$release in
		security:*-security) echo "$uri"; return ;;
		security:*) ;;
		archive:*-*) ;;
		archive:*) echo "$uri"; return ;;
		esac
	done < <(apt-get indextargets --format "$format" 'Created-By: Packages')

	# Without lists apt says only what it would fetch.
	while IFS= read -r uri; do
		case $kind:$uri in
		security:*/dists/*-security/InRelease|archive:*/debian/dists/[a-z]*/InRelease)
			[[ $kind == security || $uri != *-*/InRelease ]] || continue
			echo "${uri%dists/*}"
			return
			;;
		esac
	done < <(apt-get update --print-uris 2>/dev/null | sed -n "s/^'\([^']*\)'.*/\1/p")

	# A system can do without the updates for security, as debootstrap leaves it.
	if [[ $kind == security ]]; then
		uri=$(mirror archive)
		if [[ $uri == */debian/ ]]; then
			# where mirrors that have them have them
			echo "${uri%/debian/}/debian-security/"
			return
		fi
	fi
	die "cannot tell the Debian mirror of this machine ($kind):" \
		"run 'apt-get update' once, or set LVN_MIRROR and LVN_MIRROR_SECURITY"
}

# Print where a Debian release is found, as lines for sources.list.
#   suite_sources RELEASE KEYRING
suite_sources()
{
	local release=$1 opt="[arch=amd64 signed-by=$2]" archive security

	archive=$(mirror archive)
	echo "deb $opt $archive $release main"
	case $release in
	sid) ;;
	*-backports)
		suite_sources "${release%-backports}" "$2"
		;;
	*)
		security=$(mirror security)
		echo "deb $opt $security $release-security main"
		;;
	esac
}

# Run apt with the private configuration of a Debian release.
#   suite_apt RELEASE apt-get|apt-cache ARG...
suite_apt()
{
	local release=$1 tool=$2
	shift 2

	APT_CONFIG="$cache/apt/$release/apt.conf" "$tool" "$@"
}

# Make the private apt configuration of a Debian release and fetch its lists,
# unless they are younger than a day.
#   suite_update RELEASE
suite_update()
(
	cache_lock "apt-$1"
	suite_update_locked "$1"
)

suite_update_locked()
{
	local release=$1 dir=$cache/apt/$1
	local keyring=/usr/share/keyrings/debian-archive-keyring.gpg default=

	[[ $release != *-backports ]] || default="APT::Default-Release \"$release\";"

	# A release newer than this machine's keyring: take the keyring package
	# out of the release this machine does trust.
	if [[ -e $cache/apt/keyring/usr/share/keyrings/debian-archive-keyring.gpg ]]; then
		keyring=$cache/apt/keyring/usr/share/keyrings/debian-archive-keyring.gpg
	fi
	[[ -r $keyring ]] || die "$keyring is missing: install debian-archive-keyring"

	mkdir -p "$dir"/{lists/partial,archives/partial,preferences.d,parts}
	suite_sources "$release" "$keyring" >"$dir/sources.list.new"
	if cmp -s "$dir/sources.list.new" "$dir/sources.list" &&
	   [[ -n $(find "$dir/updated" -mmin -1440 2>/dev/null) ]]; then
		rm "$dir/sources.list.new"
		return
	fi
	mv "$dir/sources.list.new" "$dir/sources.list"

	touch "$dir/status"
	cat >"$dir/apt.conf" <<-END
		Dir::Etc::SourceList "$dir/sources.list";
		Dir::Etc::SourceParts "$dir/parts";
		Dir::Etc::Preferences "$dir/preferences";
		Dir::Etc::PreferencesParts "$dir/preferences.d";
		Dir::State "$dir";
		Dir::State::Lists "$dir/lists";
		Dir::State::Status "$dir/status";
		Dir::Cache "$dir";
		Dir::Cache::Archives "$dir/archives";
		$default
		APT::Architecture "amd64";
		APT::Architectures { "amd64"; };
		APT::Sandbox::User "";
		APT::Get::List-Cleanup "false";
		APT::Install-Recommends "false";
		Acquire::Languages "none";
		Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled "false";
		Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";
		Acquire::Retries "3";
	END

	say "fetching the package lists of Debian $release"
	rm -f "$dir/updated"
	if ! suite_apt "$release" apt-get -qq -o APT::Update::Error-Mode=any update \
		>"$dir/update.log" 2>&1; then
		if [[ $keyring != "$cache"/* ]] && grep -q NO_PUBKEY "$dir/update.log"; then
			say "the keys of $release are newer than this machine's," \
				"fetching a newer keyring package"
			fetch_keyring
			suite_update_locked "$release"
			return
		fi
		cat "$dir/update.log" >&2
		die "no package lists for Debian $release"
	fi
	touch "$dir/updated"
}

# Fetch the newest debian-archive-keyring this machine's own apt can verify.
fetch_keyring()
{
	local dir=$cache/apt/keyring

	rm -rf "$dir"
	mkdir -p "$dir"
	(cd "$dir" && apt-get -qq download debian-archive-keyring) ||
		die "cannot fetch debian-archive-keyring"
	dpkg-deb -x "$dir"/debian-archive-keyring_*.deb "$dir"
}

# Print the newest version of a package in a release, nothing if it has none.
#   suite_version RELEASE PACKAGE
suite_version()
{
	suite_apt "$1" apt-cache policy "$2" |
		sed -n 's/^  Candidate: //p' | sed '/^(none)$/d'
}

# Print the packages a package depends on, one a line, without versions.
#   suite_depends RELEASE PACKAGE
suite_depends()
{
	suite_apt "$1" apt-cache depends --no-recommends --no-suggests \
		--no-conflicts --no-breaks --no-replaces --no-enhances "$2" |
		sed -n 's/^ *|\?\(Pre\)\?Depends: //p'
}

# Fetch packages into the cache, each version once; print their files.
#   suite_download RELEASE PACKAGE...
suite_download()
{
	local release=$1 pkg version file missing=() files=()
	shift

	mkdir -p "$cache/debs"
	for pkg; do
		version=$(suite_version "$release" "$pkg")
		[[ -n $version ]] || die "Debian $release has no package $pkg"
		# apt writes the colon of an epoch as %3a
		for file in "$cache/debs/${pkg}_${version//:/%3a}"_{amd64,all}.deb; do
			[[ -e $file ]] && break
		done
		[[ -e $file ]] || missing+=("$pkg")
	done

	if ((${#missing[@]})); then
		say "downloading ${missing[*]}"
		local partial
		partial=$(mktemp -d "$cache/debs/partial.XXXXXX")
		(cd "$partial" && suite_apt "$release" apt-get -qq download "${missing[@]}") >&2 ||
			die "download failed"
		mv "$partial"/*.deb "$cache/debs/"
		rmdir "$partial"
	fi

	for pkg; do
		version=$(suite_version "$release" "$pkg")
		files=("$cache/debs/${pkg}_${version//:/%3a}"_*.deb)
		echo "${files[0]}"
	done
}
