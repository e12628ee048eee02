# Completes subcommands, options and their values in bash. The words come from the --help and the
# list of the program that is being typed, so they are those of its version.
#
# Meson installs this file where bash-completion finds it. docs/install.md describes its use from a
# source tree, and in zsh.
# shellcheck shell=bash

# _mptcp_bench_words KIND: subcommands or options, or with a long option the values that it accepts,
# from a --help on stdin.
_mptcp_bench_words() {
  awk -v kind="$1" '
    /^Subcommands:/ { listed = 1; next }
    listed && /^$/ { listed = 0 }
    listed && kind == "subcommands" && /^  [a-z]/ { print $1 }
    /^  -/ {
      names = split($1, name, ",")
      for (i = 1; i <= names; i++) {
        if (kind == "options") print name[i]
        if (kind == name[i] && match($0, /[{][^}]*[}]/)) {
          values = substr($0, RSTART + 1, RLENGTH - 2)
          gsub(",", "\n", values)
          print values
        }
      }
    }'
}

# _mptcp_bench_names KIND: Scenarios or Workloads, from the output of `mptcp-bench list` on stdin.
_mptcp_bench_names() {
  awk -v kind="$1" '/^[A-Z]/ { this = $1 } /^  [^ ]/ && this == kind { print $1 }'
}

_mptcp_bench() {
  local program=${COMP_WORDS[0]} current=${COMP_WORDS[COMP_CWORD]} option='' subcommand='' words=''
  local i help
  COMPREPLY=()
  program=${program/#\~\//$HOME/}
  help=$("$program" --help 2>/dev/null) || return 0

  # `--option=value` is three words here.
  [ "$COMP_CWORD" -lt 2 ] || option=${COMP_WORDS[COMP_CWORD - 1]}
  if [ "$current" = = ]; then
    current=''
  elif [ "$option" = = ]; then
    option=${COMP_WORDS[COMP_CWORD - 2]}
  fi

  for i in $(_mptcp_bench_words subcommands <<<"$help"); do
    [ "$COMP_CWORD" -lt 2 ] || [ "${COMP_WORDS[1]}" != "$i" ] || subcommand=$i
  done
  # The words behind -- are those of a command (lab), or options of a benchmark (gate --dry-run).
  for ((i = 1; i < COMP_CWORD; i++)); do
    [ "${COMP_WORDS[i]}" = -- ] || continue
    [ "$subcommand" = gate ] || return 0
    subcommand=''
  done
  [ -z "$subcommand" ] || help=$("$program" "$subcommand" --help 2>/dev/null) || return 0

  case $subcommand,$option,$current in
    *,--scenario,* | lab,[!-]*,[!-]* | lab,[!-]*,)
      words=$("$program" list 2>/dev/null | _mptcp_bench_names Scenarios)
      ;;
    *,--workload,*) words=$("$program" list 2>/dev/null | _mptcp_bench_names Workloads) ;;
    *,-*,[!-]* | *,-*,) words=$(_mptcp_bench_words "$option" <<<"$help") ;;
    *,-*) words=$(_mptcp_bench_words options <<<"$help") ;;
    *)
      [ "$COMP_CWORD" != 1 ] || words=$(_mptcp_bench_words subcommands <<<"$help")
      ;;
  esac
  # Without a word, readline completes the name of a file. (compgen -W would expand the words.)
  while IFS= read -r i; do
    case $i in '') ;; "$current"*) COMPREPLY+=("$i") ;; esac
  done <<<"$words"
}

complete -o bashdefault -o default -F _mptcp_bench mptcp-bench
