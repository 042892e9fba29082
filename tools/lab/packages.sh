# shellcheck shell=bash
# Packages of Debian's: those that this machine needs, installed, and those of other CPUs,
# downloaded without dpkg's or apt's learning of them.  Read by tools/portlab and tools/crosslibs.
#
# Before: dir (the target's part of the cache), work (a directory for what may go) and say().

# Runs a command with its output in the target's log; shows that on failure.
logged() {
	if ! "$@" >>"$dir/setup.log" 2>&1; then
		tail -n 20 "$dir/setup.log" >&2
		die "$arch: failed: $* (log: $dir/setup.log)"
	fi
}

# Ends with status 77, which tells callers that nothing is broken here: there is no network, no
# package, or nobody who may install it.
cannot_be_had() {
	say "cannot be had: $* (log: $dir/setup.log)"
	exit 77
}

# Runs a command that gets packages.
fetch() {
	"$@" >>"$dir/setup.log" 2>&1 || cannot_be_had "$*"
}

as_root() {
	if ((EUID)); then
		command -v sudo >/dev/null || cannot_be_had "root is needed for: $*"
		sudo "$@"
	else
		"$@"
	fi
}

# Installs on the machine what runs on it. None of it may push out a package
# that is there.
install_packages() {
	local need=() p
	for p; do
		[[ $(dpkg-query -W -f '${db:Status-Status}' "$p" 2>/dev/null) == \
			installed ]] || need+=("$p")
	done
	((${#need[@]})) || return 0
	say "installing ${need[*]}"
	local get=(env DEBIAN_FRONTEND=noninteractive apt-get -qq -y
		-o DPkg::Lock::Timeout=300)
	local install=("${get[@]}" --no-install-recommends --no-remove install
		"${need[@]}")
	# When the package lists are missing or old the first try fails.
	if ! as_root "${install[@]}" >>"$dir/setup.log" 2>&1; then
		fetch as_root "${get[@]}" update
		fetch as_root "${install[@]}"
	fi
}

# Makes the apt commands that follow work on packages of one architecture,
# with a state of their own: neither the machine's dpkg nor its apt learns of
# it. The sources and keys are the machine's.
use_apt_for() {
	local state=$work/apt.$1
	export APT_CONFIG=$state/apt.conf
	[[ ! -d $state ]] || return 0
	own_apt_state "$state"
	cat >>"$APT_CONFIG" <<EOF
APT::Architecture "$1";
APT::Architectures { "$1"; };
EOF
	update_apt
}

# The same for source packages, from where the machine has its packages.
use_apt_for_sources() {
	local state=$work/apt.source from to
	export APT_CONFIG=$state/apt.conf
	[[ ! -d $state ]] || return 0
	own_apt_state "$state"
	mkdir "$state/parts"
	for from in /etc/apt/sources.list /etc/apt/sources.list.d/*.{list,sources}; do
		[[ -f $from ]] || continue
		to=$state/parts/$(basename "$from")
		if [[ $from == *.sources ]]; then
			sed 's/^Types:.*/Types: deb-src/' "$from" >"$to"
		else
			sed -n 's/^ *deb\(-src\)\?\([ \t]\)/deb-src\2/p' "$from" | sort -u >"$to"
		fi
	done
	cat >>"$APT_CONFIG" <<EOF
Dir::Etc::sourcelist "/dev/null";
Dir::Etc::sourceparts "$state/parts";
EOF
	update_apt
}

# Begins the file $APT_CONFIG of an apt whose state is in a directory.
own_apt_state() {
	mkdir -p "$1/lists/partial" "$1/archives/partial"
	: >"$1/status"
	cat >"$APT_CONFIG" <<EOF
APT::Default-Release "$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)";
Dir::State "$1";
Dir::State::status "$1/status";
Dir::Cache "$1";
EOF
	((EUID)) || echo 'APT::Sandbox::User "root";' >>"$APT_CONFIG"
}

# One suite that fails to load does no harm when another has the package.
update_apt() {
	apt-get -qq update >>"$dir/setup.log" 2>&1 || true
}

# Downloads packages into a directory.
download() {
	local to=$1
	shift
	mkdir -p "$to"
	(cd "$to" && fetch apt-get -qq download "$@")
}
