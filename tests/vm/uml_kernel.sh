#!/bin/bash
# Prints the path of the kernel that the tests of User Mode Linux share, and builds it if it does
# not exist, from the source tree that MPB_KERNEL_SOURCE names, or else from Debian's newest.
# Exit status 77: no kernel is available here.
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
. "$here/uml_tree.sh"
find_tree >&2
[ -e "$kernels/base" ] || { lock_tree && need_base; } >&2 || exit
echo "$kernels/base"
