#!/bin/bash
# The result of every kind of run matches results/result.schema.json, as do the committed results of
# either version. The digest of the measured part is the one that results/README.md defines.
. "$(dirname "$0")/lib.sh"
need_links
valid() {
  python3 - "$root/results" "$@" <<'PYTHON' || fail "$* does not match the schema"
import hashlib, json, sys
from decimal import Decimal
import jsonschema


def canonical(value):
    """RFC 8785, as far as our results go."""
    if isinstance(value, dict):
        return "{" + ",".join(json.dumps(name, ensure_ascii=False) + ":" + canonical(value[name])
                              for name in sorted(value)) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(canonical, value)) + "]"
    if not isinstance(value, float):
        return json.dumps(value, ensure_ascii=False)
    if value.is_integer():
        return str(int(value))
    if abs(value) >= 1e-6:
        return format(Decimal(repr(value)), "f")
    return repr(value).replace("e-0", "e-")


def digest(result):
    lines = hashlib.sha256()
    for element in result.get("capacity_probes", []) + result.get("pilots", []) + result["runs"]:
        measured = {name: value for name, value in element.items()
                    if name not in ("cpu", "attendance", "commands")}
        lines.update((canonical(measured) + "\n").encode())
    return lines.hexdigest()


schemas = {}
for name in "result.schema.json", "result-1.schema.json":
    schema = json.load(open(f"{sys.argv[1]}/{name}"))
    jsonschema.Draft202012Validator.check_schema(schema)
    schemas[schema["$id"]] = jsonschema.Draft202012Validator(schema)
for path in sys.argv[2:]:
    result = json.load(open(path, encoding="utf-8"),
                       parse_constant=lambda name: sys.exit(path + " holds " + name))
    whole = digest(result)
    # The first block has every cell and protocol. To validate all blocks of the references takes
    # ten times as long. The digest, however, is that of all.
    result["runs"] = [run for run in result["runs"] if run["block"] == 0]
    schemas[result["schema"]].validate(result)
    if result.get("measured_sha256", whole) != whole:
        sys.exit(path + ": measured_sha256 is not that of its measured part")
PYTHON
}
# The runs need not be valid, because a busy machine may make any of them late.
measure() {
  rm -f "$result"
  "$bench" --quiet --size 1k -c 8 --warmup 100ms --duration 300ms -o "$result" "$@" \
    >"$work/out" 2>"$work/err"
  [ $? -le 1 ] || fail "mptcp-bench $*"
  valid "$result"
  expect_true '.measured_sha256 != null'
}
measure --store builtin --op get,get80set20 --repeat 2
measure --proto tcp --rate 200 --arrivals constant --scenario wifi-and-lte
expect_true '.runs[0].latency_ns.response.count > 0 and .runs[0].rate_rps == 200'
measure --store builtin --op get --rate 100,200 --aa
expect_true '[.runs[] | [.proto, .rate_rps]] | unique | length == 8'
with_store --proto mptcp
measure --target "$STORE" --op get --rate 100
expect_true '.runs | all(.target.store_calls.get > 0 and .paths != null and .calls != null)'
expect_true '.evidence | length >= 3'
measure --store builtin --op get --grid link2.delay=5ms,20ms --grid pipeline=1,4
expect_true '[.runs[].conditions] | unique | length == 4'
expect_true '[.figures[].conditions, .explanations[].conditions] | all(.["link2.delay"] != null)'
measure --store builtin --op get --proto tcp --slo 'p50 < 500ms'
expect_true '.capacity_probes != [] and (.slo.answers | length == 1) and (.runs | all(.search))'
echo '{"links": [{"name": "a", "rate": "50mbit"}],
  "sysctls": {"server": {"net.mptcp.enabled": "0"}}}' >no-mptcp.json
measure --proto mptcp --op get --store builtin --scenario ./no-mptcp.json
expect_true '.runs[0].valid == false'
rm no-mptcp.json
if command -v redis-server >/dev/null && command -v mptcpize >/dev/null; then
  echo '{"kind": "replica-sync", "data": "1m", "ops": ["set"], "rate": "100/s"}' >sync.json
  measure --workload ./sync.json --store redis
  expect_true '.runs[0] | .op == "sync" and .replica.lag_samples > 0'
  rm sync.json
fi
echo '{"links": [{"name": "a", "mtu": "9000b"},
                 {"name": "b", "flow_rate": "50mbit", "flow_queue": "250p", "backup": true}],
       "events": [{"at": "50ms", "link": "b", "state": "down", "direction": "up"},
                  {"at": "100ms", "link": "b", "state": "up", "delay": "1ms"}]}' >events.json
measure --op get --store builtin --scenario ./events.json
expect_field '.scenario.links[0].up.mtu' 9000b
expect_true '.scenario.links[1].backup and .scenario.events[1]
  == {at: "100ms", link: "b", state: "up", delay: "1ms"}'
rm events.json
measure --scenario four-nics --workload short-connections --store builtin --ip v6
expect_field '.scenario.endpoints' signal
expect_true '.runs | all(.ended_connections.connections > 0 and .ip_versions.link1.v6 > 0)'
measure --op get --store builtin --scenario shared-bottleneck --workload one-flow
expect_field '.scenario.competing_flow' link1
expect_true '.runs | all(.competing_flow.received_bytes > 0)'
for reference in "$root"/results/reference/*.json; do
  [ ! -e "$reference" ] || valid "$reference"
done
true
