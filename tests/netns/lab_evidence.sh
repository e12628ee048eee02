#!/bin/bash
# lab --evidence writes one archive for the report of a kernel bug, completely or not at all.
. "$(dirname "$0")/lib.sh"
need_links
need python3 tar ss nstat
mkdir "$work/evidence"
evidence() { expect_exit "$1" "$bench" lab two-clean-links --store builtin "${@:2}"; }
cat >"$work/client.py" <<'PY'
import os, socket, time
client = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262)
client.connect((os.environ["STORE_HOST"], int(os.environ["STORE_PORT"])))
client.sendall(b"PING\r\n")  # further subflows come after the first data
assert client.recv(64) == b"+PONG\r\n"
time.sleep(1.5)  # longer than the pause between two listings of the sockets
PY
evidence 3 --evidence "$work/evidence" --links tun -- sh -c "python3 $work/client.py; exit 3"
archive=$(echo "$work"/evidence/*)
expect_stderr "evidence: $archive"
name=$(basename "$archive" .tar.gz)
members=$(tar -tzf "$archive" | sed -n "s:^$name/\(.*[^/]\)$:\1:p")
[ "$members" = "$(tr ' ' '\n' <<<"about.txt client/mptcp-monitor.txt client/nstat-after.txt \
client/nstat-before.txt client/settings-after.txt client/settings-before.txt client/ss.txt \
commands.txt host/softirqs-after.txt host/softirqs-before.txt host/softnet_stat-after.txt \
host/softnet_stat-before.txt host/stat-after.txt host/stat-before.txt proof.json proof.txt \
server/mptcp-monitor.txt server/nstat-after.txt server/nstat-before.txt server/settings-after.txt \
server/settings-before.txt server/ss.txt")" ] || fail "other members: $members"
tar -xzf "$archive" -C "$work"
cd "$work/$name" || exit 1
has() { grep -qE -- "$2" "$1" || fail "$1 does not contain: $2"; }
has about.txt "^kernel: .*$(uname -r)"
has about.txt '^exit status: 3$'
has commands.txt '^\[client\] ip mptcp endpoint add 10\.0\.2\.1 dev link2'
has commands.txt '^\[client\] sh -c '
has proof.txt 'The only connection was MPTCP\.'
jq -e '.exit_status == 3 and .connections.client.mptcp == 1' proof.json >/dev/null ||
  fail "proof.json: $(cat proof.json)"
for end in client server; do
  has $end/mptcp-monitor.txt '^\[20.*\[ *CREATED\] token='
  has $end/mptcp-monitor.txt '\[SF_ESTABLISHED\] token='
  has $end/ss.txt '^# at [0-9.]+ s$'
  has $end/ss.txt '^mptcp +ESTAB .*10\.1\.1\.1:6379'
  has $end/ss.txt 'tcp-ulp-mptcp'
  has $end/settings-before.txt '^net\.mptcp\.enabled = 1$'
  has $end/settings-after.txt '^net\.ipv4\.tcp_rmem = '
done
has client/nstat-before.txt '^MPTcpExtMPCapableSYNTX +0 '
has client/nstat-after.txt '^MPTcpExtMPCapableSYNTX +1 '
has server/nstat-after.txt '^MPTcpExtMPCapableACKRX +1 '
has host/stat-after.txt '^cpu0 '
has host/softirqs-before.txt 'NET_RX'
[ -s host/softnet_stat-after.txt ] || fail 'no softnet_stat'
cd "$work/cwd" && rm -r "${work:?}/$name" "$archive"

# A missing program is named before anything starts. The program finds ip in /sbin.
mkdir "$work/empty"
expect_exit 77 env PATH="$work/empty" "$bench" lab --evidence "$work/evidence" -- touch "$work/ran"
expect_error '--evidence: ss is not installed; run: apt-get install iproute2'
evidence 2 --evidence "$work/no-such" -- touch "$work/ran"
expect_stderr "cannot write to $work/no-such: No such file or directory; choose another folder \
with --evidence DIR"
[ ! -e "$work/ran" ] || fail 'the command ran'

# A full disk and a signal leave no part of an archive.
mount -t tmpfs -o size=4k none "$work/evidence"
evidence 1 --evidence "$work/evidence" -- true
expect_stderr 'No space left on device; make room, or choose another place with --evidence DIR'
[ -z "$(ls -A "$work/evidence")" ] || fail "left in the folder: $(ls -A "$work/evidence")"
umount "$work/evidence"
"$bench" lab --store none --evidence "$work/evidence" -- \
  sh -c "touch $work/started; exec sleep 60" >"$work/out" 2>"$work/err" &
lab=$!
wait_until test -e "$work/started"
kill -TERM $lab
wait $lab
[ $? = 143 ] || fail 'the exit status is not that of SIGTERM'
[ -z "$(ls -A "$work/evidence")" ] || fail "left in the folder: $(ls -A "$work/evidence")"
