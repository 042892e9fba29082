#!/bin/sh
# One area of the ABI tests against the host, for whoever works on it:
#
#   tests/abi/run.sh AREA [switch]...	e.g.  tests/abi/run.sh futex nosysemu
#   tests/abi/run.sh			which areas there are
cd "$(dirname "$0")/../.." || exit 1
if [ $# -eq 0 ]; then
	ls tests/abi/*.c | sed -e 's,.*/,,' -e 's,\.c$,,' -e '/^abi$/d'
	exit 0
fi
area=$1
shift
[ $# -gt 0 ] || set -- mode=auto
make -s build/um "build/tests/abi/$area" || exit 1
exec perl tests/abi/compare.pl "$area" "$@"
