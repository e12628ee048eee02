# Functions that find the libraries of the host's programs, for a machine; run_qemu.sh, root.sh and
# root_files.sh source this.
# shellcheck shell=bash

# Prints the paths of the libraries of these files, and of their loaders, one per line. Scripts and
# static programs have none.
libraries_of() {  # FILE...
  { ldd "$@" 2>/dev/null || true; } |
    sed -n 's/^[^/]*\(\/[^ ]*\) (0x.*/\1/p' | LC_ALL=C sort -u
}

# Prints the files that a script of tests/userland/make.sh starts: the loader of its own tree, which
# is newer than the host's, the program, and its libraries. Fails if SCRIPT is another one.
userland_files() {  # SCRIPT
  local tree=${1%/*/*}/debian
  local installed=$tree/usr/${1#"${1%/*/*}/"}
  local loader=$tree/lib64/ld-linux-x86-64.so.2 libraries=$tree/usr/lib/x86_64-linux-gnu
  [ -x "$installed" ] && [ -x "$loader" ] || return
  printf '%s\n' "$loader" "$installed"
  "$loader" --library-path "$libraries" --list "$installed" |
    sed -n 's/.* => \(\/[^ ]*\) (0x.*/\1/p'
}

# Copies the program of tests/userland/make.sh that SCRIPT starts to ROOT/userland, and writes a
# script to FOLDER of ROOT that starts the copy. Without the mask, the loader would search folders
# that depend on the processor.
take_from_userland() {  # SCRIPT ROOT FOLDER
  local program=${1##*/} files loader
  files=$(userland_files "$1") || return
  loader=${files%%$'\n'*}
  mkdir -p "$2/userland"
  sort -u <<<"$files" | xargs -d '\n' cp -L -t "$2/userland"
  rm -f "$2$3/$program"  # it may be a link
  # shellcheck disable=SC2016
  printf '#!/bin/sh\nexec /userland/%s %s /userland /userland/%s "$@"\n' "${loader##*/}" \
    '--glibc-hwcaps-mask none --library-path' "$program" >"$2$3/$program"
  chmod 755 "$2$3/$program"
}
