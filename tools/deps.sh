#!/bin/sh
# Installs the Debian packages that building and testing umkit need and that are missing.
#
#   tools/deps.sh            what `make run` needs
#   tools/deps.sh --tests    what `make check` needs too
#   tools/deps.sh --list     only says what is missing; status 1 if something is
#
# A package counts as missing when what it is needed for is not there, so that apt is never run
# on a machine that has it all.  Documentation/packages.md says what each one is for.
set -u

header() {
	echo "#include <$1>" | gcc -E -x c - >/dev/null 2>&1
}

static_busybox() {
	busybox=$(command -v busybox) || return 1
	# A dynamic program names its loader in the first page.
	! dd if="$busybox" bs=4096 count=1 2>/dev/null | grep -aq '/ld-'
}

missing=
need() {	# PACKAGE TEST...
	package=$1
	shift
	"$@" >/dev/null 2>&1 || missing="$missing $package"
}

tests=no
list=no
for word; do
	case $word in
	--tests) tests=yes ;;
	--list) list=yes ;;
	*) echo "usage: tools/deps.sh [--tests] [--list]" >&2; exit 2 ;;
	esac
done

need make command -v make
need gcc command -v gcc
need binutils command -v ld
if command -v gcc >/dev/null; then
	need libc6-dev header stdio.h
	need libbsd-dev header bsd/sys/tree.h
	need libseccomp-dev header seccomp.h
else
	missing="$missing libc6-dev libbsd-dev libseccomp-dev"
fi
need busybox-static static_busybox
if [ $tests = yes ]; then
	need perl command -v prove
	need tmux command -v tmux
fi

missing=${missing# }
[ -n "$missing" ] || exit 0
if [ $list = yes ]; then
	echo "$missing"
	exit 1
fi

echo "umkit needs these Debian packages: $missing"
if ! command -v apt-get >/dev/null; then
	echo "This system has no apt-get: please install what they contain." >&2
	exit 1
fi
if [ "$(id -u)" = 0 ]; then
	as_root=
elif command -v sudo >/dev/null; then
	as_root="sudo"
	echo "Installing them with sudo."
else
	echo "You are not root and there is no sudo: run as root: apt-get install $missing" >&2
	exit 1
fi

log=$(mktemp) || exit 1
trap 'rm -f "$log"' EXIT
install_missing() {
	# shellcheck disable=SC2086 # one word per package
	$as_root env DEBIAN_FRONTEND=noninteractive \
		apt-get install -y --no-install-recommends $missing >"$log" 2>&1 </dev/null
}

# The package lists may be absent or old: they are fetched only if the first try fails.
if install_missing || { $as_root apt-get update >"$log" 2>&1 && install_missing; }; then
	echo "Installed: $missing"
	exit 0
fi
tail -n 15 "$log" >&2
echo "The packages could not be installed: apt-get install $missing" >&2
exit 1
