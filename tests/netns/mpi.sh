#!/bin/bash
# Under mpirun, one process reports an error of the command line. If a load, a rank or its MPI is
# killed, the run or the experiment ends within seconds, names it, and leaves nothing.
. "$(dirname "$0")/mpi_lib.sh"
with_redis

expect_exit 2 mpirun -n 3 "$bench" --bogus
[ "$(grep -c '^mptcp-bench: ' "$work/err")" = 1 ] || fail 'a bad option is not one sentence'
expect_exit 2 mpirun -n 2 "$bench"
expect_stderr 'mpirun: several ranks load a store that runs already; name it with --target'
expect_exit 2 env SLURM_STEP_NUM_TASKS=8 "$bench" --target "$STORE"
expect_stderr 'srun started several processes, each of which would run an experiment of its own'
expect_exit 2 mpirun -n 2 taskset -c 0 "$bench" --target "$STORE" -t 2
expect_stderr "rank 0 on $host may use 1 CPU, fewer than its 2 threads (-t): start mpirun with"
mkdir "$work/alone" && cp "$bench" "$work/alone"
expect_exit 2 mpirun -n 3 "$work/alone/mptcp-bench" --target "$STORE"
[ "$(grep -c "mpirun started 3 processes, but mptcp-bench on $host was built without MPI" \
  "$work/err")" = 1 ] || fail 'a build without MPI does not say so, once'

# after_kill RANK PATTERN: kills that process while three ranks measure. The output is in out, err.
after_kill() {
  local run begin
  mpirun -n 3 "$bench" --target "$STORE" --proto tcp "${short[@]}" --duration 3s -c 6 -o "$result" \
    >"$work/out" 2>"$work/err" &
  run=$!
  wait_until rank_process 2 'load .*--events'
  sleep 1 # the window of 3 s has begun
  kill -KILL "$(rank_process "$1" "$2")"
  begin=$SECONDS
  wait $run && fail "exit status 0 after a kill of $2"
  [ $((SECONDS - begin)) -le 8 ] || fail "took $((SECONDS - begin)) s to end after a kill of $2"
  keys_gone || fail "keys remain after a kill of $2"
}
after_kill 2 'load .*--events'
expect_true ".runs[0].invalid_reasons[0] |
  startswith(\"the load generator of rank 2 on $host was killed by signal 9 (Killed)\")"
after_kill 1 'mptcp-bench --target'
expect_stderr "mptcp-bench: rank 1 on $host has ended early"
after_kill 1 mptcp-bench-mpi
expect_stderr "mptcp-bench: rank 1 on $host: the connection of this rank to MPI has ended"

# An installed program finds the one that speaks MPI in the folder libexec of its prefix.
build=${bench%/*}
[ -f "$build/meson-private/build.dat" ] || skip "$build is not a build folder"
expect_exit 0 meson install -C "$build" --no-rebuild --destdir "$work/stage"
installed=$(find "$work/stage" -path '*/bin/mptcp-bench' -type f)
expect_exit 0 mpirun -n 2 "$installed" --version
[ "$(grep -c '^mptcp-bench ' "$work/out")" = 1 ] || fail 'the version is not one line'
