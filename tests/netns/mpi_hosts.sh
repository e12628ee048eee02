#!/bin/bash
# Three hosts with networks and clocks of their own load one store at the same time. If one of them
# cannot be reached any more, the experiment ends on all of them, by its name.
. "$(dirname "$0")/mpi_lib.sh"

# Host N is a namespace of networks, names and time behind a veth pair. mpirun starts programs there
# through `agent`, which takes the place of ssh. The clock of host N is N * 1000 s ahead of ours.
ip addr add 10.8.0.1/32 dev lo
for n in 1 2; do
  unshare --net --uts --time --monotonic $((1000 * n)) --fork --kill-child \
    sh -c "hostname node$n; exec sleep 300" &
  children+=($!)
  wait_until pgrep -P $!
  pid=$(pgrep -P $!)
  echo "$pid" >"$work/node$n"
  wait_until grep -qx "node$n" <(nsenter -t "$pid" --uts uname -n)
  ip link add veth$n type veth peer name eth0 netns "$pid"
  ip addr add 10.9.$n.1/24 dev veth$n
  ip link set veth$n up
  nsenter -t "$pid" --net sh -c "ip link set lo up; ip link set eth0 up
    ip addr add 10.9.$n.2/24 dev eth0; ip route add default via 10.9.$n.1"
done
before=$(leftovers)
cat >"$work/agent" <<END
#!/bin/sh
pid=\$(cat "$work/\$1")
shift
exec nsenter -t "\$pid" --net --uts --time sh -c "\$*"
END
chmod +x "$work/agent"
printf '%s\n' "$host slots=1" 'node1 slots=1' 'node2 slots=1' >"$work/hosts"
three=(mpirun -n 3 --hostfile "$work/hosts" --mca plm_rsh_agent "$work/agent" "$bench" --quiet
  "${short[@]}" -c 6 -o "$result")

with_store --bind 10.8.0.1
"${three[@]}" --target "$STORE" --proto tcp,mptcp --duration 1s >"$work/out" 2>"$work/err" ||
  [ -s "$result" ] || fail 'no result'
expect_true '.runs[] | select(.proto == "tcp") | reasons == []'
# Each host has one path, so three hosts do not make three.
expect_true '.runs[] | select(.proto == "mptcp") | .invalid_reasons[0] |
  startswith("MPTCP had a single path")'
expect_stdout 'MPTCP had one path from each host in the run'
expect_true '.runs | all(.paths | map(.host) | unique | length == 3)'
expect_true ".environment.ranks | map(.name) == [\"rank 0 on $host\", \"rank 1 on node1\",
  \"rank 2 on node2\"]"
expect_true '.runs[0].hosts | map(.connections) == [2, 2, 2] and all(.[]; .requests > 0)'
expect_true '([.runs[0].hosts[].requests] | add) == .runs[0].requests'
expect_true '.runs[0].hosts[0] | has("clock") | not'
# The offsets are known, because all hosts are one machine. A wrong one would lie outside of its
# bound, and windows that are 1000 s apart would make the run invalid.
for n in 1 2; do
  expect_true ".runs[0].hosts[$n].clock | .bound_ns > 0 and .bound_ns < 10e6
    and (.offset_before_ns - $n * 1000e9 | fabs) <= .bound_ns
    and (.offset_after_ns - $n * 1000e9 | fabs) <= .bound_ns"
done
expect_stdout 'rank 2 on node2'

with_redis 'bind 10.8.0.1 127.0.0.1' 'protected-mode no'
STORE=10.8.0.1:7379
"${three[@]}" --target "$STORE" --proto tcp --duration 30s >"$work/out" 2>"$work/err" &
children+=($!)
wait_until rank_process 2 'load .*--events'
sleep 1 # the window of 30 s has begun
ip link set veth2 down
cut=$SECONDS
# Open MPI waits for the host itself. Its ranks, and so all of ours, end before.
for rank in 0 1 2; do
  while rank_process $rank '/mptcp-bench'; do
    [ $((SECONDS - cut)) -lt 20 ] || fail "rank $rank still runs 20 s after the link was cut"
    sleep 0.1
  done >"$work/running"
done
[ $((SECONDS - cut)) -ge 9 ] || fail "the ranks ended after $((SECONDS - cut)) s"
expect_stderr 'mptcp-bench: rank 2 on node2 has not been heard of for 10 s'
keys_gone || fail 'keys remain in the store'

# Open MPI's own processes have not noticed it.
ip link del veth2
kill -KILL "${children[-1]}" && wait "${children[-1]}" 2>/dev/null
while daemon=$(process_of orted); do
  kill -KILL "$daemon"
  sleep 0.1
done
