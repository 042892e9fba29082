# shellcheck shell=bash
# What is told of the targets, and their self-test.  Read by tools/portlab.

# One value of the target's probe.
probed() {
	sed -n "s/^$1=//p" "$dir/probe.txt"
}

# PTRACE_SYSEMU: "exit" when a call's result can only be set at its exit.
sysemu() {
	if [[ $(probed ptrace_sysemu) == yes ]]; then
		echo yes
	elif [[ $(probed ptrace_sysemu_two_stops) == yes ]]; then
		echo exit
	else
		echo no
	fi
}

list() {
	local format='%-8s %-24s %-6s %4s %6s  %-8s %-7s %-8s %s\n'
	# shellcheck disable=SC2059
	printf "$format" TARGET KERNEL ENDIAN BITS PAGE SYSEMU SECCOMP DISPATCH \
		MACHINE
	for arch in "${targets[@]}"; do
		describe "$arch"
		if [[ ! -f $dir/probe.txt ]]; then
			printf '%-8s not set up\n' "$arch"
			continue
		fi
		# shellcheck disable=SC2059
		printf "$format" "$arch" "$(probed kernel)" "$(probed endian)" \
			"$(probed word_size)" "$(probed page_size)" \
			"$(sysemu)" "$(probed seccomp_filter | cut -d: -f1)" \
			"$(probed syscall_user_dispatch | cut -d: -f1)" \
			"$(probed machine)"
	done
}

# Compares what a run gave with what it should give.
expect() {
	local name=$1 status=$2 output=$3 got=0
	shift 3
	(run "$arch" "$@") >"$out/stdout" 2>"$out/stderr" || got=$?
	if ((got == status)) && printf '%b' "$output" | cmp -s - "$out/stdout"
	then
		echo "$arch: $name: ok"
		return
	fi
	echo "$arch: $name: FAILED (status $got, wanted $status)"
	head -c 2000 "$out/stdout" "$out/stderr"
	failures=$((failures + 1))
}

selftest() {
	local out failures=0 test
	describe "$1"
	[[ -f $dir/recipe ]] || die "$arch is not set up; do: portlab setup $arch"
	compile selftest
	test=$dir/selftest
	out=$dir/out
	rm -rf "$out"
	mkdir -p "$out/dir/sub"
	echo from-file >"$out/file"
	echo from-dir >"$out/dir/sub/name"
	echo input >"$out/stdin"
	cp "$test" "$out/first"
	cp "$test" "$out/second"

	expect hello 42 'hello big  world\ninput\n' -i "$out/stdin" \
		"$test" hello 'big  world'
	expect environment 42 'moin\nuid 65534\n' -e GREETING=moin -j -u 65534 \
		"$test" hello
	expect ptrace 0 'getpid became getppid\n' "$test" ptrace
	expect clock 0 '' "$test" nap
	expect signal 139 '' "$test" crash
	expect orphan 3 'parent ends\n' "$test" orphan
	expect files 0 'from-file\nfrom-dir\n' -f "$out/file" -d "$out/dir:/dir" \
		"$test" cat file /dir/sub/name
	expect missing 126 '' -f "$out/file:/bin/data" guest:/bin/data
	expect timeout 124 '' -t 15 "$test" sleep
	expect each 0 '' --each "$out/first" "$out/second"

	perl -e 'my $b = join "", map { chr(($_ ^ $_ >> 8) & 255) } 0 .. 65535;
		print $b x 16' >"$out/flood"
	if run "$arch" "$test" flood | cmp -s - "$out/flood"; then
		echo "$arch: flood: ok"
	else
		echo "$arch: flood: FAILED"
		failures=$((failures + 1))
	fi
	rm -rf "$out"
	((failures == 0)) || die "$arch: $failures checks of the selftest failed"
}
