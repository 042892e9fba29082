#!/bin/sh
# Runs jobs one after the other and tells of each what it wrote and how it ended; for busybox's sh,
# in the port lab, where nothing else is.
#
#   busybox sh drive.sh DIR
#
# DIR/jobs has a line for each job: SECONDS NAME COMMAND..., the command as a shell takes it; it
# starts in DIR.  Of each job there is to see, each mark on a line of its own:
#
#   @begin NAME
#   its standard output
#   @errors NAME
#   its standard error
#   @end NAME STATUS SECONDS
cd "$1" || exit 1
busybox=$1/busybox

# A file, with an end to its last line also where there is none: a mark begins a line.
show() {
	"$busybox" cat "$1"
	[ -z "$("$busybox" tail -c 1 "$1")" ] || echo
}

now() {
	read -r seconds rest </proc/uptime
	echo "${seconds%.*}"
}

out=$("$busybox" mktemp) && errors=$("$busybox" mktemp) || exit 1
while read -r limit name command; do
	echo "@begin $name"
	began=$(now)
	eval "\"\$busybox\" timeout -s KILL $limit $command" </dev/null >"$out" 2>"$errors"
	status=$?
	show "$out"
	echo "@errors $name"
	show "$errors"
	echo "@end $name $status $(($(now) - began))"
done <jobs
"$busybox" rm -f "$out" "$errors"
