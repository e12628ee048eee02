#!/bin/bash
# On a host that allows no namespaces, the error names the setting that allows them. The limit is
# set in a user namespace, so the host does not change.
. "$(dirname "$0")/lib.sh"
unshare --user --map-root-user true 2>/dev/null || skip 'user namespaces are not permitted here'
# Without its capabilities, root of a user namespace is an ordinary user who may not make another
# one.
limited() {
  unshare --user --map-root-user sh -c 'echo 0 >"/proc/sys/user/$0" &&
    exec setpriv --bounding-set=-all --inh-caps=-all "$@"' "$@"
}
export -f limited
expect_exit 77 bash -c 'limited max_user_namespaces "$0" --quiet' "$bench"
expect_stderr 'this host does not allow user namespaces for uid 0: run as root, or allow them'
expect_stderr '(sysctl -w user.max_user_namespaces=10000;'
[ "$(wc -l <"$work/err")" = 1 ] || fail 'the error has more than one line'
expect_exit 77 bash -c 'limited max_net_namespaces "$0" lab -- true' "$bench"
expect_exit 77 bash -c 'limited max_user_namespaces "$0" doctor' "$bench"
expect_stdout 'this host does not allow user namespaces'
