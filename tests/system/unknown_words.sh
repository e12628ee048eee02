#!/bin/bash
# A word that no option or command has is refused by its name, with the nearest name.
. "$(dirname "$0")/../netns/lib.sh"

# refused MESSAGE WORD...
refused() {
  expect_exit 2 "$bench" "${@:2}"
  expect_error "$1"
}
refused '--reapeat is not an option; did you mean --repeat; see mptcp-bench --help' --reapeat 10
refused '--protocol is not an option; did you mean --proto; see mptcp-bench --help' \
  --protocol mptcp
refused '--links: "netme" is not one of auto, netem, tun; did you mean netem; see mptcp-bench '\
'--help' --links netme
refused '--in: "host" is not one of client, server, router' \
  lab --in host
refused '"gaet" is not a command or an option; did you mean gate; see mptcp-bench --help' gaet x
refused '"x.json" is not a command or an option; the commands report, export, compare and gate '\
'read results; see mptcp-bench --help' x.json
refused '--fromat is not an option; did you mean --format; see mptcp-bench --help' \
  export --fromat csv x.json
refused '--siez is not an option; did you mean --size' \
  gate --dry-run --fail-if 'mptcp/tcp throughput * < 1' -- --siez 4k
