#!/bin/bash
# Prints the path of the kernel that the tests of User Mode Linux share, and builds it where it is
# not there: of the source tree that MPB_KERNEL_SOURCE names, or else of the newest that Debian has.
# Exit status 77: none can be had here.
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/uml_tree.sh"
find_tree >&2
[ -e "$kernels/base" ] || { lock_tree && need_base; } >&2 || exit
echo "$kernels/base"
