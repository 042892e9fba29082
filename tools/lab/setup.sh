# shellcheck shell=bash
# Sets a target up: compiler, kernel, the guest's programs.  Read by tools/portlab.

# The cross compiler. Its packages conflict with gcc-multilib, so they are not
# installed but unpacked in the cache.
get_tools() {
	local names name file tools=$dir/tools
	say "fetching the cross compiler"
	use_apt_for "$(dpkg --print-architecture)"
	names=$(apt-cache depends --recurse --no-{recommends,suggests,enhances} \
		--no-{breaks,conflicts,replaces} \
		"gcc-$triplet" "libc6-dev-$libc" 2>>"$dir/setup.log" |
		sed -n 's/^[ |]*\(Depends: \)\?\([a-z]\)/\2/p' | sort -u |
		grep -E -- "-($triplet(-base)?|$libc)\$") ||
		cannot_be_had "packages for $triplet"
	# shellcheck disable=SC2086
	download "$work/tools" $names
	rm -rf "$tools" "${dir:?}/bin"
	mkdir "$tools" "$dir/bin"
	for file in "$work"/tools/*.deb; do
		dpkg-deb -x "$file" "$tools"
	done
	rm -rf "${tools:?}/usr/share" "$tools/usr/bin/$triplet-lto-dump"*
	# Linker scripts name files by where the packages would be installed.
	grep -lIs 'GNU ld script' "$tools/usr/$triplet"/lib/*.{a,so} |
		xargs -r sed -i "s:/usr/$triplet/lib/::g"
	for file in "$tools/usr/bin/$triplet"-*; do
		name=$(basename "$file")
		cat >"$dir/bin/$name" <<EOF
#!/bin/sh
export LD_LIBRARY_PATH="$(dirname "$tools"/usr/lib/*/libbfd-*.so)"
exec "$file" "\$@"
EOF
		chmod 755 "$dir/bin/$name"
	done
}

# The options of a built kernel, over allnoconfig. What programs can see is
# meant to be as in Debian's kernels.
kernel_options() {
	cat "$here/kernel/common" "$here/kernel/$arch"
}

get_kernel() {
	local package
	use_apt_for "${deb:-$(dpkg --print-architecture)}"
	package=$(apt-cache depends "$image" 2>>"$dir/setup.log" |
		sed -n 's/^ *Depends: //p' | head -n 1)
	[[ $package ]] || cannot_be_had "package $image"
	say "fetching $package"
	download "$work/kernel" "$package"
	if [[ $deb ]]; then unpack_kernel; else build_kernel; fi
}

unpack_kernel() {
	dpkg-deb --fsys-tarfile "$work"/kernel/*.deb |
		tar -x -C "$work" --wildcards './boot/config-*' './boot/vmlinu*'
	mv "$work"/boot/config-* "$dir/config"
	mv "$work"/boot/vmlinu* "$dir/kernel"
}

build_kernel() {
	local tree=$work/tree option
	say "unpacking the kernel's source"
	mkdir "$tree"
	# What is left out is large and only for a driver that is not built.
	dpkg-deb --fsys-tarfile "$work"/kernel/*.deb |
		tar -xO --wildcards './usr/src/linux-source-*.tar.xz' |
		tar -xJ -C "$tree" --strip-components=1 \
			--exclude='*/drivers/gpu/drm/amd/include'
	local make=(make -s -C "$tree" "ARCH=$karch"
		"CROSS_COMPILE=$dir/bin/$triplet-"
		KBUILD_BUILD_USER=portlab KBUILD_BUILD_HOST=portlab)
	kernel_options >"$work/options"
	logged "${make[@]}" "KCONFIG_ALLCONFIG=$work/options" allnoconfig
	while read -r option; do
		grep -qx "$option" "$tree/.config" ||
			die "$arch: the kernel did not take $option"
	done <"$work/options"
	say "building the kernel (minutes)"
	logged "${make[@]}" "-j$(nproc)" "$(basename "$built")"
	cp "$tree/.config" "$dir/config"
	cp "$tree/$built" "$dir/kernel"
}

# Compiles one of the programs beside this script, NAME.c and its parts NAME_*.c, unless that is
# done already.
compile() {
	local to=$dir/$1 from=("$here/$1".c) part sum
	for part in "$here/$1"_*.c; do
		[[ ! -f $part ]] || from+=("$part")
	done
	sum=$(cat "${from[@]}" "$here"/*.h | cksum)
	[[ -f $to && $(cat "$to.sum" 2>/dev/null) == "$sum" ]] && return
	logged "$dir/bin/$triplet-gcc" -static -O2 -Wall -o "$to.new.$$" "${from[@]}"
	mv "$to.new.$$" "$to"
	echo "$sum" >"$to.sum"
}

# Runs one step of a setup and notes how long it took.
step() {
	local start=$EPOCHREALTIME
	"${@:2}"
	awk -v n="$1" -v a="$start" -v b="$EPOCHREALTIME" \
		'BEGIN { printf "%s %.1f\n", n, b - a }' >>"$dir/times"
}

# What setup and run need on this machine.
install_needed() {
	local wanted=("$emulator" cpio perl-base)
	if [[ ! $deb ]]; then
		wanted+=(bc bison flex gcc libc6-dev make xz-utils)
	fi
	install_packages "${wanted[@]}"
}

run_probe() {
	say "probing"
	run "$arch" -t 300 "$dir/probe" >"$dir/probe.txt.new" ||
		die "$arch: the probe failed"
	mv "$dir/probe.txt.new" "$dir/probe.txt"
	cat "$dir"/{recipe,init.sum,probe.sum} >"$dir/probe.sums"
}

setup() {
	local recipe work
	describe "$1"
	mkdir -p "$dir"
	exec 9>"$dir/lock"
	flock 9
	recipe=$({ echo "$deb $image $karch $triplet"
		[[ $deb ]] || kernel_options; } | cksum)
	if [[ $(cat "$dir/recipe" 2>/dev/null) == "$recipe" ]]; then
		install_needed
	else
		rm -f "$dir"/{kernel,probe.txt,probe.sums,times,setup.log,recipe}
		work=$dir/work
		rm -rf "$work"
		mkdir "$work"
		step packages install_needed
		step compiler get_tools
		step kernel get_kernel
		unset APT_CONFIG
		rm -rf "$work"
		echo "$recipe" >"$dir/recipe"
	fi
	compile init
	compile probe
	cat "$dir"/{recipe,init.sum,probe.sum} | cmp -s - "$dir/probe.sums" ||
		step probe run_probe
	exec 9>&-
	say "ready: Linux $(probed kernel)"
}
