#!/bin/bash
# The tarball runs without any library of the host, and measures in a bare Debian 12. It resolves
# names from /etc/hosts and from DNS, whatever nsswitch.conf says, and refuses others with a remedy.
. "$(dirname "$0")/lib.sh"
need esbuild jq python3
built make_tarball
tarball=$(ls "$packages"/mptcp-bench-*.tar.xz)
name=$(basename "$tarball" .tar.xz)

# No other file than those of the tarball.
mkdir -p "$work/empty/proc"
mount -t proc proc "$work/empty/proc" || fail 'cannot mount /proc'
tar -C "$work/empty" -xf "$tarball"
chroot "$work/empty" "/$name/bin/mptcp-bench" list >"$work/out" 2>&1 || fail 'it does not run alone'
expect two-lossy-links
expect replica-sync
umount "$work/empty/proc"
[ -s "$work/empty/$name/share/doc/mptcp-bench/vega-sources.tar.xz" ] || fail 'no sources of Vega'

make_bare
mkdir -p "$bare/opt"
bench=/opt/$name/bin/mptcp-bench
begin=$SECONDS
tar -C "$bare/opt" -xf "$tarball"
in_bare "$bench" doctor
expect 'not installed (builds the links); run: apt-get install iproute2'
apt_in_bare iproute2 ethtool
first_look $begin "$bare/look.json" in_bare "$bench"
expect_charts "$bench"

# Names. A network of our own, in which only our server of names answers.
echo 'hosts: nonesuch mymachines' >"$bare/etc/nsswitch.conf"
echo '127.0.0.8 of-hosts' >>"$bare/etc/hosts"
echo 'nameserver 127.0.0.1' >"$bare/etc/resolv.conf"
cat >"$work/names.py" <<'PY'
import socket
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.1", 53))
print("ready", flush=True)
while True:
    query, client = server.recvfrom(512)
    end = query.index(0, 12) + 5  # the name, its type and its class
    known = query[12:end].startswith(b"\x06of-dns\x04test\0\0\1")
    head = query[:2] + (b"\x81\x80" if b"of-dns" in query else b"\x81\x83") + b"\0\1"
    answer = b"\xc0\x0c\0\1\0\1\0\0\0\1\0\4\x7f\0\0\7" if known else b""
    server.sendto(head + bytes([0, known, 0, 0, 0, 0]) + query[12:end] + answer, client)
PY
names() {
  ip link set lo up
  python3 "$work/names.py" >"$work/ready" &
  for _ in {1..200}; do [ -s "$work/ready" ] && break || sleep 0.05; done
  for host in of-hosts=127.0.0.8 of-dns.test=127.0.0.7; do
    expect_exit 1 in_bare "$bench" --proto tcp --target "${host%=*}:1"
    expect "no store answers at ${host#*=}:1"
  done
  expect_exit 2 in_bare "$bench" --target nobody.test:6379
  expect 'cannot resolve "nobody.test"'
  expect 'this static program asks only /etc/hosts and DNS: write an address'
  kill $!
}
export -f names in_bare expect expect_exit fail
export work bare bench
unshare --net bash -c names || fail 'names are not resolved'
