# shellcheck shell=bash
# Runs programs in a target's machine.  Read by tools/portlab.

# Splits HOST[:GUEST] into the variables host and guest.
split_pair() {
	host=$1 guest=$2
	if [[ $1 == *:/* ]]; then
		host=${1%:/*} guest=/${1##*:/}
	fi
}

add_file() {
	split_pair "$1" "/$(basename "${1%:/*}")"
	[[ -f $host ]] || die "no file '$host'"
	[[ $guest != */ ]] || guest+=$(basename "$host")
	mkdir -p "$tree$(dirname "$guest")"
	cp -L --preserve=mode,timestamps "$host" "$tree$guest"
}

add_dir() {
	split_pair "$1" /
	[[ -d $host ]] || die "no directory '$host'"
	mkdir -p "$tree$guest"
	cp -a "$host/." "$tree$guest/"
}

# Puts a program into the guest; sets path to where it is there.
add_program() {
	if [[ $1 == guest:/* ]]; then
		path=${1#guest:}
		[[ -e $tree$path ]] || die "nothing put into the guest as $path"
		return
	fi
	[[ -f $1 ]] || die "no program '$1'"
	path=/bin/$(basename "$1")
	[[ ! -e $tree$path ]] || die "two files for $path in the guest"
	mkdir -p "$tree/bin"
	cp -L "$1" "$tree$path"
	chmod 755 "$tree$path"
}

number() {
	[[ $2 =~ ^[0-9]+$ ]] || die "$1 takes a number, not '$2'"
}

run() {
	local memory=512 cpus=1 limit=120 each='' verbose='' timing='' stdin=''
	local extra=() kernel_args=() conf=() files=() dirs=() names='' item
	local tmp tree path host guest status=0
	describe "$1"
	shift
	while (($#)); do
		case $1 in
		-j | --join) conf+=(join=1) ;;
		--each) each=1 ;;
		-T | --time) timing=1 ;;
		-v | --verbose) verbose=1 ;;
		--) shift; break ;;
		-[mctfdieukq] | --memory | --cpus | --timeout | --file | --dir | \
			--stdin | --env | --uid | --kernel | --qemu)
			(($# > 1)) || die "$1 takes a value"
			case $1 in
			-m | --memory) number "$1" "$2"; memory=$2 ;;
			-c | --cpus) number "$1" "$2"; cpus=$2 ;;
			-t | --timeout) number "$1" "$2"; limit=$2 ;;
			-f | --file) files+=("$2") ;;
			-d | --dir) dirs+=("$2") ;;
			-i | --stdin) stdin=$2 ;;
			-e | --env) conf+=("env=$2") ;;
			-u | --uid) number "$1" "$2"; conf+=("uid=$2") ;;
			-k | --kernel) kernel_args+=("$2") ;;
			-q | --qemu) extra+=("$2") ;;
			esac
			shift
			;;
		-*) die "no option '$1'; see portlab --help" ;;
		*) break ;;
		esac
		shift
	done
	(($#)) || die "no program to run; see portlab --help"
	[[ -f $dir/recipe && -f $dir/init ]] ||
		die "$arch is not set up; do: portlab setup $arch"
	compile init

	tmp=$(mktemp -d "${TMPDIR:-/tmp}/portlab.XXXXXX")
	# shellcheck disable=SC2064
	trap "rm -rf '$tmp'" EXIT
	tree=$tmp/tree
	mkdir -p "$tree/.portlab"
	for item in ${dirs[@]+"${dirs[@]}"}; do add_dir "$item"; done
	for item in ${files[@]+"${files[@]}"}; do add_file "$item"; done
	cp "$dir/init" "$tree/.portlab/init"
	head -c 64 /dev/urandom >"$tree/.portlab/seed"
	conf+=("time=$(date +%s)" env=PATH=/bin env=HOME=/ env=TERM=dumb)
	if [[ $stdin ]]; then
		cat -- "$stdin" >"$tree/.portlab/stdin" || die "no input '$stdin'"
		conf+=(stdin=/.portlab/stdin)
	fi
	if [[ $verbose ]]; then
		conf+=(kmsg=1)
		kernel_args=(loglevel=7 ${kernel_args[@]+"${kernel_args[@]}"})
	else
		kernel_args=(quiet loglevel=1 ${kernel_args[@]+"${kernel_args[@]}"})
	fi
	if [[ $each ]]; then
		for item in "$@"; do
			add_program "$item"
			conf+=(cmd=1 "$path")
			names+=$item$'\n'
		done
	else
		add_program "$1"
		conf+=("cmd=$#" "$path" "${@:2}")
		names=$1
	fi
	printf '%s\0' "${conf[@]}" >"$tree/.portlab/conf"
	(cd "$tree" && find . -print0 |
		cpio --null --quiet -o -H newc -R 0:0) >"$tmp/initramfs" ||
		die "could not make the initramfs"

	memory=$(((memory + granule - 1) / granule * granule))
	perl "$here/supervisor.pl" "$tmp" "$limit" "$verbose" "$timing" "$each" \
		"$names" "${machine[@]}" -m "$memory" -smp "$cpus" \
		-kernel "$dir/kernel" -initrd "$tmp/initramfs" \
		-append "console=$tty panic=-1 rdinit=/.portlab/init ${kernel_args[*]}" \
		${extra[@]+"${extra[@]}"} 9>&- || status=$?
	rm -rf "$tmp"
	trap - EXIT
	return "$status"
}
