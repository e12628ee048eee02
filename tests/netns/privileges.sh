#!/bin/bash
# During a run the load, the store and the link emulator have no capabilities and cannot get any: as
# root, as an ordinary user, and with a store into which mptcpize preloads a library.
. "$(dirname "$0")/lib.sh"
need_links
[ "$(id -u)" = 0 ] || skip 'not root: there are fewer capabilities to drop'
stores=(builtin)
command -v redis-server mptcpize >/dev/null && stores+=(redis)

# expect_none ROLE PATTERN: no thread of that process has capabilities.
expect_none() {
  local pid status
  pid=$(process_of "$2") || fail "no $1"
  for status in /proc/"$pid"/task/*/status; do
    [ "$(grep -cE '^(Cap(Inh|Prm|Eff|Bnd|Amb):\s0+|NoNewPrivs:\s1)$' "$status")" = 6 ] ||
      fail "$1 of a run $how: $(grep -E '^(Cap|NoNewPrivs)' "$status" | tr '\n\t' '  ')"
  done
}

as_nobody() {
  as_user=(setpriv --reuid=65534 --regid=65534 --clear-groups)
  "${as_user[@]}" unshare --user true 2>/dev/null &&
    mknod -m 0666 "$work/tun" c 10 200 2>/dev/null || return
  mount --bind "$work/tun" /dev/net/tun || return
  mkdir "$work/bin" "$work/share" && chmod 755 "$work" && install -d -o 65534 "$work/home" &&
    result=$work/home/result.json
  cp "$bench" "$work/bin" && mkdir "$work/share/mptcp-bench" &&
    cp -r "$root/netns" "$root/workloads" "$work/share/mptcp-bench"
  chmod -R a+rX "$work/bin" "$work/share"
  bench=$work/bin/mptcp-bench
}

for user in root nobody; do
  [ $user = root ] || as_nobody || { echo 'an ordinary user has no links here' && break; }
  for store in "${stores[@]}"; do
    how="as $user with the $store store"
    "${as_user[@]}" "$bench" --quiet --store $store --proto mptcp --op get --size 1k -c 10 -t 2 \
      --warmup 100ms --duration 20s -o "$result" \
      >"$work/out" 2>"$work/err" &
    run=$!
    children+=("$run")
    # The load reports when its threads have connected. The emulator has moved packets by then.
    wait_until process_of 'load .*--events'
    wait_until eval '[ "$(ls /proc/$(process_of "load .*--events")/task | wc -l)" = 3 ]'
    expect_none 'the load' 'load .*--events'
    expect_none 'the emulator' '^[^ ]*mptcp-bench link '
    expect_none 'the store' '^[^ ]*mptcp-bench serve \|^[^ ]*redis-server '
    kill -TERM $run
    wait $run
    [ $? = 143 ] || fail "exit status of the run $how"
    nothing_left || fail "a run $how"
  done
done
! mountpoint -q /dev/net/tun || umount /dev/net/tun
