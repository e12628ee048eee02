#!/bin/bash
# tshark counts the packets and drops of a capture as the links do. A capture is complete or does
# not exist.
. "$(dirname "$0")/lib.sh"
need_links
need tshark python3 ps
one=(--store builtin --proto mptcp --op get --size 16k --warmup 200ms --duration 1s -c 10)
capture=$work/c.pcapng

# Losses of each kind: at random, in a full queue, by a cap per flow, in a blackhole, and at an
# interface that is down.
cat >"$work/links.json" <<'JSON'
{ "links": [
    { "name": "link1", "rate": "20mbit", "delay": "5ms", "loss": "2%", "queue": "20p",
      "flow_rate": "2mbit", "flow_queue": "3p" },
    { "name": "link2", "rate": "20mbit", "delay": "5ms", "queue": "5p" } ],
  "events": [
    { "at": "200ms", "link": "link2", "state": "down" },
    { "at": "400ms", "link": "link2", "state": "up" },
    { "at": "500ms", "link": "link2", "state": "unplugged" },
    { "at": "700ms", "link": "link2", "state": "up" } ] }
JSON
echo 'an older file' >"$capture"
expect_run 0 --scenario "$work/links.json" --links tun "${one[@]}" --capture "$capture"
expect_stdout "capture: $capture"
expect_stdout 'its packets were captured'
cat >"$work/compare.py" <<'PY'
import collections, csv, json, subprocess, sys, time
import jsonschema
capture, result, schema = sys.argv[1:]
result = json.load(open(result))
jsonschema.validate(result, json.load(open(schema)))
record = result["runs"][0]["capture"]
fields = ["frame.interface_name", "frame.comment", "frame.packet_id", "frame.time_epoch",
          "frame.packet_flags_direction", "frame.len", "frame.cap_len", "tcp.options.mptcp.subtype",
          "_ws.malformed"]
# Both ends of a link are in the file, so data would overlap when tshark joins segments.
shown = subprocess.run(["tshark", "-nr", capture, "-T", "fields", "-E", "occurrence=f",
                        "-o", "tcp.desegment_tcp_streams:FALSE",
                        "-o", "tcp.analyze_sequence_numbers:FALSE",
                        *(word for field in fields for word in ("-e", field))],
                       check=True, text=True, stdout=subprocess.PIPE).stdout
packets = [dict(zip(fields, row)) for row in csv.reader(shown.splitlines(), delimiter="\t")]
counts = collections.Counter((p["frame.interface_name"], p["frame.comment"]) for p in packets)
expected = collections.Counter()
for link in record["links"]:
    for way, near, far in (("up", "client", "server"), ("down", "server", "client")):
        its, entry = link[way], f"{link['name']}-{way}-{near}"
        assert its["entered"] == sum(its.values()) - its["entered"], its
        expected[entry, ""] = its["left"] + its["on_the_way"] + its["interface_down"]
        for count, comment in (("random_loss", "dropped: random loss"),
                               ("queue_full", "dropped: queue full"),
                               ("link_down", "dropped: link down"),
                               ("flow_cap", "dropped: flow cap")):
            expected[entry, comment] = its[count]
        expected[f"{link['name']}-{way}-{far}", ""] = its["left"]
        expected[f"{link['name']}-{way}-{far}", "dropped: the interface was down"] = \
            its["interface_down"]
assert counts == +expected, (counts, expected)
assert sum(counts.values()) == record["packets"], record
reasons = {comment for _, comment in counts}
assert {"dropped: random loss", "dropped: queue full", "dropped: flow cap",
        "dropped: link down"} <= reasons, reasons
subtypes = {p["tcp.options.mptcp.subtype"] for p in packets}
assert {"0", "1", "2"} <= subtypes, subtypes  # MP_CAPABLE, MP_JOIN, DSS
assert not any(p["_ws.malformed"] for p in packets)
assert {p["frame.cap_len"] for p in packets if p["frame.len"] == "1500"} == {"128"}
assert record["missed"] == record["beyond_limit"] == 0, record

# The same packet, first where it enters and then where it leaves; 5 ms are the delay.
entered = {}
for p in packets:
    at = float(p["frame.time_epoch"])
    outbound = int(p["frame.packet_flags_direction"], 0) == 2
    if outbound:
        assert p["frame.packet_id"] not in entered, p
        entered[p["frame.packet_id"]] = at
    else:
        assert 0.0049 < at - entered.pop(p["frame.packet_id"]) < 1, p
times = sorted(float(p["frame.time_epoch"]) for p in packets)
assert times[0] < record["opened_s"] < times[-1] < time.time() < times[0] + 60, record
PY
python3 "$work/compare.py" "$capture" "$result" "$root/results/result.schema.json" ||
  fail 'tshark counts other packets'
rm "$capture"

# The thread that writes has no real-time priority, and the emulator ends without one.
"$bench" lab two-clean-links --store builtin --links tun --json "$work/proof.json" \
  --capture "$capture" -- sh -c "ping -c 3 -i 0.01 \$STORE_HOST; touch $work/started; sleep 1" \
  >"$work/out" 2>"$work/err" &
lab=$!
wait_until test -e "$work/started"
emulator=$(process_of 'link --links')
ps -L -o cls= -p "$emulator" | sed 's/FF/TS/;s/ //g' | sort | uniq -c | grep -q '^ *2 TS$' ||
  fail "the threads of the emulator: $(ps -L -o cls,comm -p "$emulator")"
[ "$(ps -L -o cls= -p "$emulator" | grep -c FF)" -le 1 ] || fail 'two threads have SCHED_FIFO'
[ ! -e "$capture" ] || fail 'the capture appeared before it was complete'
wait $lab || fail 'lab failed'
expect_stderr "capture: $capture"
answers=$(tshark -nr "$capture" -Y 'icmp && frame.interface_name == "link1-down-client"' | wc -l)
[ "$answers" = 3 ] || fail "the capture shows $answers answers instead of 3"
jq -e '.capture.packets > 0 and .capture.links[0].up.entered > 0' "$work/proof.json" >/dev/null ||
  fail "proof.json: $(jq .capture "$work/proof.json")"
rm "$capture"

# Nothing starts if the capture is impossible.
refused() { expect_exit 2 "$bench" --quiet "$@" && expect_error "$refusal"; }
refusal="$work/no/c.pcapng: cannot write to $work/no: No such file or directory; choose another \
folder with --capture FILE"
refused --links tun "${one[@]}" --capture "$work/no/c.pcapng"
expect_exit 2 "$bench" lab --links tun --capture "$work/no/c.pcapng" -- touch "$work/ran"
expect_error "$refusal"
[ ! -e "$work/ran" ] || fail 'the command ran'
refusal='--capture: a file holds one run, and this experiment has 12; choose one, such as --proto '
refusal+='mptcp --op get --size 4k'
refused --links tun --store builtin --capture "$capture"
refusal="${refusal/12/several}"
refused --links tun "${one[@]}" --rate auto --capture "$capture"
refusal='--capture: shows the links of mptcp-bench, which --target does not use; run tcpdump at '
refusal+='the interfaces of this host instead'
refused --target 127.0.0.1:1 --proto tcp --op get --size 4k --capture "$capture"
echo '{"links": [{"name": "link1"}]}' >"$work/plain.json"
refusal='--capture: the links are by veth, which cannot be captured; add --links tun'
refused --scenario "$work/plain.json" --store builtin --proto tcp --op get --size 4k \
  --capture "$capture"
refusal="--capture: $capture is the file of the result; name another"
refused --links tun "${one[@]}" --capture "$capture" -o "$capture"
refusal="$result: its run was captured, and a capture holds one run; start again without --resume"
refused --resume "$result" --repeat 2

# A full disk and a signal leave no part of a capture, and the older file.
mkdir "$work/small" && mount -t tmpfs -o size=100k none "$work/small"
echo 'an older file' >"$work/small/c.pcapng"
expect_exit 1 "$bench" --quiet --links tun "${one[@]}" -o "$result" --capture "$work/small/c.pcapng"
expect_field '.runs[0].invalid_reasons[0]' "it was not captured: writing $work/small/c.pcapng: No \
space left on device; make room, or choose another place with --capture FILE"
[ "$(cat "$work/small/"*)" = 'an older file' ] || fail "in the folder: $(ls -A "$work/small")"
for victim in lab 'link --links'; do
  rm -f "$work/started"
  "$bench" lab --links tun --store none --capture "$work/small/c.pcapng" -- \
    sh -c "touch $work/started; exec sleep 60" >"$work/out" 2>"$work/err" &
  lab=$!
  wait_until test -e "$work/started"
  if [ "$victim" = lab ]; then kill -TERM $lab; else kill -KILL "$(process_of "$victim")"; fi
  wait $lab && fail "lab succeeded without: $victim"
  [ "$(cat "$work/small/"*)" = 'an older file' ] || fail "in the folder: $(ls -A "$work/small")"
done
umount "$work/small"
