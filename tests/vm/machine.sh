# Functions of a machine's first process that QEMU and User Mode Linux share; init and uml_init
# source this.
# shellcheck shell=dash

# Prints a line for each feature that the kernel lacks. The host shows these lines if COMMAND fails.
# Each feature is tried, because the kernel's configuration may not be readable. ip and tc are named
# by their paths, because BusyBox's shell would take its own, which support neither.
report_lacks() {  # IP TC
  lacks() { echo "init: lacks $1"; }
  [ -e /proc/sys/net/mptcp/enabled ] || lacks 'MPTCP: CONFIG_MPTCP=y'
  [ -e /proc/self/ns/net ] || lacks 'network namespaces: CONFIG_NET_NS=y'
  [ -e /dev/net/tun ] || lacks 'TUN devices, which --links tun needs: CONFIG_TUN'
  { "$1" link add left type veth peer name right && "$1" link del left; } >/dev/null 2>&1 ||
    lacks 'veth devices, which --links netem needs: CONFIG_VETH'
  { "$2" qdisc add dev lo root netem limit 1 && "$2" qdisc del dev lo root; } >/dev/null 2>&1 ||
    lacks 'netem: CONFIG_NET_SCH_NETEM'
}

# Runs /command, and writes its output, its state, and /out as a tar stream to four files, which
# lead to the host.
run_command() {  # STDOUT STDERR STATUS OUT
  exec 5>"$3"
  echo "running COMMAND" >&5

  # The pipes are needed because a program that opens /dev/stderr opens the file again, and these
  # can be opened only once, or are terminals.
  mkfifo /run/stdout /run/stderr
  cat /run/stdout >"$1" &
  readers=$!
  cat /run/stderr >"$2" &
  readers="$readers $!"
  cd /out || exit
  /command </dev/null >/run/stdout 2>/run/stderr 5>&-
  result=$?

  # A process that COMMAND has left behind may keep the pipes open for ever.
  for _ in $(seq 50); do
    # shellcheck disable=SC2086
    kill -0 $readers 2>/dev/null || break
    sleep 0.1
  done
  tar -C /out -cf "$4" .
  echo "exit $result" >&5
}
