#!/bin/sh
# The climb of this machine's own port, up to the reflect gate; the next level is make check itself.
cd "$(dirname "$0")/../.." || exit 1
cpu=$(uname -m | sed -e 's/aarch64/arm64/' -e 's/i.86/i386/')
exec tests/port/port-check --subarch "$cpu" --native 1 --no-build --levels 1-11
