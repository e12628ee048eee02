#!/bin/bash
# Text from a file, a file's name, an option, the environment or a store's answer contains no byte
# that controls a terminal, and does not begin a line.
. "$(dirname "$0")/../netns/lib.sh"
need python3
golden=$root/tests/golden/result.json
# An escape sequence that sets a window's title, CSI as a C1 control, DEL, and a right-to-left
# override; then the same with a second line.
one=$'a\e]0;title\a\xc2\x9b31m\x7f\xe2\x80\xaeb'
two=$one$'\nSECOND'
json() { python3 -c 'import json, sys; print(json.dumps(sys.argv[1]))' "$1"; }

clean() {
  local stream
  local acts='[\x00-\x09\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\xa8-\xae]|\xe2\x81[\xa6-\xa9]'
  for stream in out err; do
    ! LC_ALL=C grep -qaP "$acts" "$work/$stream" ||
      fail "std$stream contains terminal controls: $*"
    ! grep -qa '^SECOND' "$work/$stream" || fail "a value begins a second line: $*"
  done
  grep -qF '\x1b]0;title\x07\u009b31m\x7f\u202eb' "$work/out" "$work/err" ||
    fail "controls are not shown as escapes: $*"
}
# expect_clean STATUS COMMAND...
expect_clean() {
  expect_exit "$@"
  clean "${@:2}"
}

dry=(--dry-run --links tun --store builtin)
link='{"name": "a", "rate": "1mbit", "delay": "1ms"}'
echo "{$(json "$two"): 1}" >"$work/field.json"
expect_clean 2 "$bench" --scenario "$work/field.json" "${dry[@]}"
expect_clean 2 "$bench" --workload "$work/field.json" "${dry[@]}"
echo "{\"links\": [{\"name\": $(json "$two")}]}" >"$work/link.json"
expect_clean 2 "$bench" --scenario "$work/link.json" "${dry[@]}"
echo "{\"links\": [$link], \"sysctls\": {\"client\": {\"net.ipv4.tcp_ecn\": $(json "$two")}}}" \
  >"$work/sysctl.json"
expect_clean 0 "$bench" --scenario "$work/sysctl.json" "${dry[@]}"
# bash reads the printed command back with the same argument.
argument=$(sed -n 's/^.client. sysctl -w //p' "$work/out" | grep -F SECOND)
[ "$(eval "printf '%s' $argument")" = "net.ipv4.tcp_ecn=$two" ] || fail 'the command differs'
echo "{\"links\": [$link]}" >"$work/$two.json"
expect_clean 0 "$bench" --scenario "$work/$two.json" "${dry[@]}"
expect_clean 2 "$bench" --proto "$two"

# A result with this text in every field of free text.
jq --arg text "$two" '.started = $text | .store.version = $text | .environment.kernel = $text
  | .scenario.name = $text
  | .runs |= map(.notes = [$text] | .op += $text | .invalid_reasons |= map($text))' \
  "$golden" >"$work/result.json"
for format in markdown junit csv; do
  expect_clean 0 "$bench" export "$work/result.json" --format $format
done
for format in gbench gbench-ci custom-smaller custom-bigger bmf openmetrics valkey-csv \
  valkey-perf; do
  expect_exit 0 "$bench" export "$work/result.json" --format $format
  ! LC_ALL=C grep -qP '[\x00-\x09\x0b-\x1f\x7f]' "$work/out" || fail "export --format $format"
done
jq --arg text "$two" '.workload.keys = $text' "$golden" >"$work/keys.json"
expect_clean 2 "$bench" compare "$golden" "$work/keys.json"
jq --arg text "$two" '.started = $text | .store.version = $text | .environment.kernel = $text' \
  "$golden" >"$work/other.json"
expect_clean 0 "$bench" compare "$golden" "$work/other.json"
expect_exit 0 "$bench" report "$work/result.json" -o "$work/page.html"
! LC_ALL=C grep -qaP '\x1b\]0;title|\xe2\x80\xae' <(grep -av '^<script' "$work/page.html") ||
  fail 'the page contains terminal controls'
grep -qF '\x1b]0;title' "$work/page.html" || fail 'the page does not show controls as escapes'
jq --arg text "$two" '.[$text] = 1 | .runs[0].proto = $text | .scenario.links[0].up.rate = $text' \
  "$golden" >"$work/bad.json"
expect_clean 2 "$bench" compare "$golden" "$work/bad.json"
for edit in '.runs[0].op += $text' '.runs[0].notes = [$text]' \
  '.runs[0].kernel[$text] = {"a": 1}'; do
  jq --arg text "$two" "$edit" "$golden" >"$work/other.json"
  expect_clean 3 "$bench" compare --exact "$golden" "$work/other.json"
done
cp "$golden" "$work/$two.json"
expect_clean 0 "$bench" compare "$golden" "$work/$two.json"
expect_clean 2 "$bench" export "$work/no$two.json" --format csv
expect_clean 2 "$bench" export "$golden" --format csv -o "$work/no/$two"

# Rules of a gate.
expect_clean 2 "$bench" gate "$golden" --fail-if "$two"
expect_clean 2 "$bench" gate "$golden" --fail-if "mptcp/tcp $two get/4k < 1"
echo "mptcp/tcp throughput $one < 1" >"$work/rules"
expect_clean 2 "$bench" gate "$golden" --rules "$work/rules"

# The environment of a CI system: the name of a branch may come from anybody, and a spreadsheet
# evaluates text that looks like a formula.
export GITHUB_SHA="@SUM(1)" GITHUB_HEAD_REF="=cmd|x!A1 $two"
expect_clean 0 "$bench" export "$golden" --format csv
expect_stdout ",'@SUM(1),'=cmd|x!A1 a"
unset GITHUB_SHA GITHUB_HEAD_REF

# A store that answers everything with an error that contains this text.
cat >"$work/store.py" <<'END'
import socketserver, sys
class Answer(socketserver.BaseRequestHandler):
    def handle(self):
        while data := self.request.recv(65536):
            text = sys.argv[1].encode("utf-8", "surrogateescape")
            self.request.sendall(b"-ERR " + text + b"\r\n")
class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
server = Server(("127.0.0.1", 0), Answer)
print(server.server_address[1], flush=True)
server.serve_forever()
END
python3 "$work/store.py" "$one" >"$work/port" &
children+=($!)
wait_until test -s "$work/port"
expect_clean 1 "$bench" load -p "$(cat "$work/port")" --fill -r 1
expect_clean 1 "$bench" --target "127.0.0.1:$(cat "$work/port")" --proto tcp --op get --size 1k \
  -r 1 -o "$result"

# Output that cannot be written is a failure.
for words in --help --version doctor 'load --help' "compare $golden $golden" \
  "export $golden --format csv"; do
  # shellcheck disable=SC2086
  "$bench" $words >/dev/full 2>"$work/err"
  [ $? = 1 ] || fail "the exit code of $words with a full disk is not 1"
  expect_error 'writing to standard output failed: is its disk full?'
done
