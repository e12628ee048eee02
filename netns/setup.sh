# Installs missing Debian packages and builds. netns/run.sh, tests/run.sh and .ci/run source this
# from the top of the repository.
# shellcheck shell=bash

# shellcheck disable=SC2034  # the scripts that source this use it
build_packages=(g++ meson ninja-build pkg-config libhiredis-dev libmd-dev nlohmann-json3-dev
  libcli11-dev libfmt-dev libboost-dev libbenchmark-dev libgtest-dev libgmock-dev iproute2 ethtool)

say() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }

as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    say "not root and there is no sudo; run as root once: $*"
    exit 77
  fi
}

# ensure_packages NAME...: installs those that are missing, and prints their names.
ensure_packages() {
  local missing=() name
  for name in "$@"; do
    dpkg-query -W -f '${Status}' "$name" 2>/dev/null | grep -q 'install ok installed' ||
      missing+=("$name")
  done
  [ ${#missing[@]} -eq 0 ] && return
  command -v apt-get >/dev/null ||
    { say "this system has no apt-get; install these yourself: ${missing[*]}"; exit 77; }
  say "installing Debian packages: ${missing[*]}"
  as_root apt-get update -qq
  # RUNLEVEL: the package of a store starts a service, which the tests do not need. Where the policy
  # hook allows, this prevents it.
  as_root env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 \
    apt-get install -qq -y --no-install-recommends "${missing[@]}" >/dev/null
}

# build [TARGET...]: builds everything, or these targets, in build/. On a terminal it shows
# progress; elsewhere it is quiet unless it fails.
build() {
  local log rc=0 targets='the program and its tests, about two minutes'
  [ $# -eq 0 ] || targets="$*, about one minute"
  log=$(mktemp)
  if [ ! -f build/build.ninja ]; then meson setup build >"$log" 2>&1 || rc=$?; fi
  if [ $rc -eq 0 ] &&
    [ "$(ninja -C build -n "$@" 2>/dev/null | tail -n 1)" != 'ninja: no work to do.' ]; then
    say "building $targets on two processors"
    if [ -t 2 ]; then
      ninja -C build "$@" >&2 || rc=$?
    else
      ninja -C build "$@" >"$log" 2>&1 || rc=$?
    fi
  fi
  [ $rc -eq 0 ] || cat "$log" >&2
  rm -f "$log"
  [ $rc -eq 0 ] || { say 'the build failed'; exit 1; }
}
