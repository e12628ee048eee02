#!/bin/bash
# If this user may not open /dev/net/tun, or it does not exist, the error names the remedy.
. "$(dirname "$0")/lib.sh"
[ -c /dev/net/tun ] || skip 'there is no /dev/net/tun'
as_user=(setpriv --reuid=65534 --regid=65534 --clear-groups)
mkdir -p "$work/bin" "$work/share/mptcp-bench" && chmod 711 "$work"
cp -a "$bench" "$work/bin" && cp -a "$root/netns" "$root/workloads" "$work/share/mptcp-bench"
"${as_user[@]}" unshare --user true 2>/dev/null ||
  skip 'ordinary users may not make user namespaces here'
mknod -m 0600 "$work/tun" c 10 200 2>/dev/null || skip 'device nodes are not permitted here'
mount --bind "$work/tun" /dev/net/tun
expect_exit 77 "${as_user[@]}" "$work/bin/mptcp-bench" --quiet --links tun -o /dev/shm/x.json
expect_error '--links tun: no permission to open /dev/net/tun; run: chmod 0666 /dev/net/tun,'\
' which is the default of distributions, or run as root'
expect_exit 0 "$bench" lab --links tun --store none -- true
umount /dev/net/tun && mount -t tmpfs none /dev/net
expect_exit 77 "$bench" --quiet --links tun
expect_error '--links tun: this host has no /dev/net/tun; run: modprobe tun'\
' (in a container: pass --device /dev/net/tun to it)'
