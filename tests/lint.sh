#!/usr/bin/env bash
# Checks sources and texts without compiling them: layout, shell, layering, plain English, spelling.
#
#   tests/lint.sh            every file of the repository, as CI does
#   tests/lint.sh FILE...    layout, shell and spelling of these files alone
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1

tools=(clang-format shellcheck python3 codespell) # and the packages of these names
for tool in "${tools[@]}"; do
  command -v "$tool" >/dev/null && continue
  echo "lint.sh: $tool is not installed; run: apt-get install ${tools[*]}" >&2
  exit 77
done

files=("$@")
[ $# -gt 0 ] || mapfile -t files < <(git ls-files)
cpp=() shell=()
for file in "${files[@]}"; do
  case $file in
    src/*.cc | src/*.hh | tests/*.cc | tests/*.hh) cpp+=("$file") ;;
    *.sh | *.bash | .ci/run | tests/vm/init | tests/vm/uml_init) shell+=("$file") ;;
  esac
done

# The version has one number in all places.
same_version() {
  local version
  version=$(sed -n "s/^  version: '\(.*\)',$/\1/p" meson.build)
  head -n 1 debian/changelog | grep -qF "mptcp-bench ($version)" &&
    grep -qF "$version" CHANGELOG.md && return
  echo "meson.build has version $version; debian/changelog and CHANGELOG.md need it too"
  return 1
}

# check COMMAND...: a failure is remembered, so that one call reports everything.
failed=0
check() { "$@" || failed=1; }
[ ${#cpp[@]} = 0 ] || check clang-format --dry-run -Werror "${cpp[@]}"
[ ${#shell[@]} = 0 ] || check shellcheck -S warning -x -P SCRIPTDIR -P . "${shell[@]}"
check codespell "${files[@]}" # .codespellrc lists the files and words to ignore
check same_version
check python3 tests/layers.py src
check python3 tests/prose.py
check docs/pictures.sh --check
check docs/answers/make.sh --check
exit "$failed"
