#!/bin/bash
# A congestion control that the kernel does not have, and one that it has and does not allow: the remedy is the very command.
. "$(dirname "$0")/lib.sh"
need_links
expect_exit 77 "$bench" --quiet --congestion nonesuch -o "$result"
expect_error "this kernel has no congestion control \"nonesuch\"; it has: $(cat /proc/sys/net/ipv4/tcp_available_congestion_control)"
allowed=$(cat /proc/sys/net/ipv4/tcp_allowed_congestion_control)
for name in $(cat /proc/sys/net/ipv4/tcp_available_congestion_control); do
  case " $allowed " in *" $name "*) continue ;; esac
  expect_exit 77 "$bench" --quiet --congestion "$name" -o "$result"
  expect_error "this host does not allow congestion control \"$name\" in namespaces (allowed: $allowed); \
run: sysctl -w net.ipv4.tcp_allowed_congestion_control=\"$allowed $name\""
done
expect_run 0 --store builtin --op get --size 1k --congestion reno "${quick[@]}"
expect_field '[.runs[].congestion_control[]] | unique | join(" ")' reno
