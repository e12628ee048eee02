#!/bin/bash
# The image of tests/package/Containerfile measures with the flags of docs/install.md. Without one
# of them, doctor names the flag, and all that needs no namespaces still works.
. "$(dirname "$0")/lib.sh"
need podman dpkg-buildpackage esbuild jq
built make_deb
make_bare
umount --lazy "$bare"/{dev,proc} "$bare" || fail 'cannot unmount /proc and /dev'

# Images of its own. The other options are for a machine that is a container itself: crun refuses
# two kinds of cgroups at once, and nobody may raise limits.
umount -q /sys/fs/cgroup/unified 2>/dev/null
files=$(ulimit -Hn)
mkdir "$work/results"
podman=(podman --root "$work/images" --runroot "$work/run")
in_image() {
  local flags=()
  while [ "$1" != -- ]; do flags+=("$1") && shift; done
  timeout -k 5 120 "${podman[@]}" run --rm --init --network none --cgroups=disabled \
    --ulimit "nofile=$files:$files" --ulimit nproc=4000:4000 \
    -v "$work/results:/results" "${flags[@]}" mptcp-bench "${@:2}" >"$work/out" 2>&1 </dev/null
}
tar -C "$bare" -c . | "${podman[@]}" import - docker.io/library/debian:bookworm-slim \
  >"$work/out" 2>&1 || fail 'podman cannot import Debian'
begin=$SECONDS
"${podman[@]}" build --isolation chroot --network host -t mptcp-bench \
  -f "$here/Containerfile" "$packages" >"$work/out" 2>&1 || fail 'podman cannot build the image'

flags=(--cap-add SYS_ADMIN --cap-add NET_ADMIN --device /dev/net/tun)
first_look $begin "$work/results/look.json" in_image "${flags[@]}" --
expect_exit 0 in_image "${flags[@]}" -- doctor
expect 'Experiments can run here'
expect 'yes, as root'
! grep -q 'limit process 1' "$work/out" || fail '--init is not enough'

# Podman without capabilities: a user namespace suffices if /proc is not masked.
first_look $SECONDS "$work/results/look.json" \
  in_image --security-opt unmask=ALL --device /dev/net/tun --
expect_exit 0 in_image --security-opt unmask=ALL --device /dev/net/tun -- doctor
expect 'yes, as an ordinary user'

# Without one of the flags.
in_image --device /dev/net/tun -- doctor
expect '/proc/sys is read-only, as in many containers; start the'
expect '--cap-add SYS_ADMIN --cap-add NET_ADMIN (or Podman with --security-opt unmask=ALL)'
in_image --device /dev/net/tun --cap-add SYS_ADMIN -- doctor
expect '(in a container: pass --cap-add NET_ADMIN to it)'
in_image --cap-add SYS_ADMIN --cap-add NET_ADMIN -- doctor
expect '(in a container: pass --device /dev/net/tun to it)'
# As the profile of Docker, which allows these calls only with the capability.
echo '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["unshare", "setns", "mount"],
  "action": "SCMP_ACT_ERRNO"}]}' >"$work/docker.json"
in_image --security-opt "seccomp=$work/docker.json" --device /dev/net/tun -- doctor
expect 'in a container: --cap-add SYS_ADMIN --cap-add NET_ADMIN)'
cat >"$work/own_store" <<'SH'
mptcp-bench serve --port 7000 >/dev/null &
sleep 1
mptcp-bench --target 127.0.0.1:7000 --proto tcp --op get --size 1k --duration 1s -o own.json
[ $? -le 1 ] && mptcp-bench report own.json -o own.html
SH
expect_exit 0 in_image --security-opt "seccomp=$work/docker.json" \
  -v "$work/own_store:/own_store" --entrypoint sh -- /own_store
expect 'GET 1k'
grep -q '<script' "$work/results/own.html" || fail 'the page has no charts'
