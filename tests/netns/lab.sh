#!/bin/bash
# Any program can run over the same links: its namespace, its environment, and its exit status.
. "$(dirname "$0")/lib.sh"
need_links
lab() { expect_exit "$1" "$bench" lab two-clean-links --store "$2" "${@:3}"; }
lab 0 builtin -- sh -c 'echo $STORE_HOST $STORE_PORT; ip -br address show dev link2'
expect_stdout '10.1.1.1 6379'
expect_stdout '10.0.2.1'
lab 0 none --in server -- ip -br address show dev link1
expect_stdout '10.1.1.1'
lab 7 none -- sh -c 'exit 7'
lab 143 none -- sh -c 'kill -TERM $$'
lab 1 none -- no-such-program
expect_stderr 'starting no-such-program: executing it: No such file or directory'
lab 0 none -- sh -c 'nsenter --net=$SERVER_NETNS ip -br address show dev link2'
expect_stdout '10.1.2.1'
# Its /proc is that of its own PID namespace, so tools that search processes by name find those of
# the lab.
lab 0 none -- \
  sh -c 'read -r pid rest </proc/self/stat; echo "self $(($$ - pid)), bash $(pgrep -c bash)"'
expect_stdout 'self 0, bash 0' # the bash of this test is outside
lab 2 none --in router --links tun -- true
expect_stderr 'there is no router namespace with the tun backend'
# Each of several clients has its own links, address of the store and namespace. The packets of the
# second one pass no other link.
expect_exit 0 "$bench" lab many-clients --store none --in client2 -- \
  sh -c 'echo "$STORE_HOST"; ip -br address show dev link1_c2
    ping -c 5 -i 0.05 -q -I 10.0.4.1 "$STORE_HOST"
    nsenter --net="$SERVER_NETNS" ip -j -s link |
      jq -r ".[] | select(.stats64.rx.packets > 0) | \"used: \" + .ifname"
    nsenter --net="$CLIENT4_NETNS" ip mptcp endpoint'
expect_stdout '10.1.3.1'
expect_stdout '10.0.3.1'
[ "$(grep '^used: ' "$work/out")" = 'used: link2_c2' ] || fail 'the packets took other links'
expect_stdout '10.0.8.1 id 1 subflow dev link2_c4'
expect_exit 2 "$bench" lab many-clients --in client5 -- true
expect_error '--in: "client5" is not one of client, client2, client3, client4, server, router; '\
'did you mean "client"?'
need redis-cli redis-benchmark
lab 0 builtin -- \
  sh -c 'redis-cli -h $STORE_HOST set k v &&
    redis-benchmark -h $STORE_HOST -t set,get -d 4096 -n 500 --csv'
expect_stdout '"GET"'
