#!/bin/bash
# mptcpd(8) makes the client's endpoints in one variant of a block. Without it, such a variant is
# refused; a run during which it is killed is invalid.
. "$(dirname "$0")/lib.sh"
need_links
no_mptcpd=(env PATH=/usr/bin:/bin "$bench" --dry-run --vary "path-manager=kernel,mptcpd")
[ -x /usr/libexec/mptcpd ] || {
  expect_exit 77 "${no_mptcpd[@]}"
  expect_stderr 'mptcpd is not installed; run: apt-get install mptcpd mptcpd-plugins'
}
need_userland
expect_run 0 --scenario two-clean-links --store builtin --op get --size 16k --proto tcp,mptcp \
  --vary path-manager=kernel,mptcpd --warmup 200ms --duration 500ms -c 50
expect_field '[.runs[] | select(.proto == "mptcp")
  | "\(.settings["path-manager"] // "kernel") \(.mptcp.subflows_min)-\(.mptcp.subflows_max)"]
  | sort | join(",")' 'kernel 2-2,mptcpd 2-2'
expect_true '[.runs[] | select(.settings["path-manager"] == "mptcpd") | .commands[]
  | select(test("mptcpd .*--path-manager=addr_adv"))] | length == 1'
expect_stdout mptcp+mptcpd

# Killed in the window. The others end with the run.
"$bench" --quiet -o "$result" --scenario two-clean-links --store builtin --op set --size 1k \
  --proto mptcp --vary path-manager=mptcpd --warmup 1s --duration 3s -c 5 \
  >"$work/out" 2>"$work/err" </dev/null &
children+=($!)
for _ in $(seq 100); do
  sleep 0.1
  daemon=$(pgrep -f 'libexec/mptcpd.*addr_adv') && break
done
[ -n "$daemon" ] || fail 'mptcpd does not run'
sleep 1.5
kill -9 $daemon
wait $!
[ $? = 1 ] || fail 'the exit status is not 1'
expect_true '.runs[0].invalid_reasons | any(startswith("mptcpd was killed by signal 9"))'

refused() { # TEXT OPTIONS...
  expect_exit 2 "$bench" --dry-run "${@:2}"
  expect_stderr "$1"
}
refused 'did you mean "mptcpd"?' --vary path-manager=mptcp
refused "mptcpd's path manager sspi opens no further subflow" --vary path-manager=sspi
refused 'goes with endpoints=subflow' --vary path-manager=mptcpd --vary endpoints=signal
refused 'and no backup link' --scenario backup-link --vary path-manager=mptcpd
