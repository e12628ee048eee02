# Installs packages and fetches programs for the tests. Sourced by tests/run.sh and .ci/run, after
# netns/setup.sh.
# shellcheck shell=bash

# prepare_tests SUITE...: installs the packages that these tiers need, and fetches programs that are
# in no package. The tests report anything that is still missing.
prepare_tests() {
  local packages=(redis-server redis-tools mptcpize iputils-ping strace perl debootstrap jq python3
    python3-jsonschema python3-prometheus-client prometheus libbenchmark-tools libxml2-utils
    python3-yaml util-linux procps iptables tshark)
  # Before the build, which looks for it.
  case " $* " in *' netns '*) packages+=(openmpi-bin libopenmpi-dev) ;; esac
  case " $* " in
    *' page '* | *' package '*)
      packages+=(chromium librsvg2-bin)
      # A node from elsewhere includes its own npm.
      command -v npm >/dev/null || packages+=(nodejs npm)
      ;;
  esac
  case " $* " in
    *' package '*)
      packages+=(debhelper dpkg-dev lintian fakeroot esbuild podman crun catatonit xz-utils)
      ;;
  esac
  case " $* " in
    *' vm '*)
      [ "$(uname -m)" != x86_64 ] ||
        packages+=(qemu-system-x86 gcc make flex bison bc xz-utils patch)
      ;;
  esac
  ensure_packages "${packages[@]}"
  case " $* " in *' page '*) plots/setup.sh || true ;; esac
  case " $* " in *' stores '*) tests/userland/make.sh >&2 || true ;; esac
  # This takes longest.
  case " $* " in
    *' vm '*) [ -n "${MPTCP_BENCH_UML:-}" ] || [ "$(uname -m)" != x86_64 ] || prepare_kernel ;;
  esac
}

# Builds the kernel of the tests in User Mode Linux, unless there is one.
prepare_kernel() {
  local begin=$SECONDS
  tests/vm/uml_kernel.sh >&2 || return 0
  say "kernel for User Mode Linux: ready ($((SECONDS - begin)) s)"
}
