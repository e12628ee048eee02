#!/bin/bash
# Experiments, lab and doctor as an ordinary user, with the permissions (0666) that distributions
# give /dev/net/tun. In the test's own mount namespace, a node with these permissions is mounted
# over the host's.
. "$(dirname "$0")/lib.sh"
as_user=(setpriv --reuid=65534 --regid=65534 --clear-groups)
"${as_user[@]}" unshare --user true 2>/dev/null ||
  skip 'ordinary users may not make user namespaces here'
[ -c /dev/net/tun ] || skip 'there is no /dev/net/tun'
mknod -m 0666 "$work/tun" c 10 200 2>/dev/null || skip 'device nodes are not permitted here'
mount --bind "$work/tun" /dev/net/tun
# In a home that this user can read, with the layout of an installation.
mkdir "$work/bin" "$work/share" && chmod 755 "$work" && install -d -o 65534 "$work/home" &&
  result=$work/home/result.json
cp "$bench" "$work/bin" && mkdir "$work/share/mptcp-bench" &&
  cp -r "$root/netns" "$root/workloads" "$work/share/mptcp-bench"
chmod -R a+rX "$work/bin" "$work/share"
bench=$work/bin/mptcp-bench quick+=(--op "get,set" --size 4k)
cd "$work/home" && export HOME=$work/home

for store in builtin redis; do
  [ $store = builtin ] || { command -v redis-server && command -v mptcpize; } >/dev/null || continue
  expect_run 0 --store $store "${quick[@]}"
  expect_true '.runs | length == 4 and all(.requests > 0)'
  expect_true '[.runs[] | select(.proto == "mptcp") | .mptcp.subflows_min] | min == 2'
  [ "$(stat -c %u "$result")" = 65534 ] || fail 'the result belongs to somebody else'
done
expect_exit 0 "${as_user[@]}" "$bench" lab --store builtin -- sh -c 'echo "$STORE_HOST as $(id -u)"'
expect_stdout '10.1.1.1 as 0'
expect_exit 0 "${as_user[@]}" "$bench" doctor
expect_stdout 'yes, as an ordinary user (user namespaces)'
cd "$work/cwd" && umount /dev/net/tun
