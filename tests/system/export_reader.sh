#!/bin/bash
# The programs for which export writes read its output, and find the figures of the result:
# export_reader.sh READER, one of those in read_exports.py.
. "$(dirname "$0")/../netns/lib.sh"

# Finds the first Python that has this module. Debian's packages are for /usr/bin/python3, and
# another Python may come before it in PATH.
python_with() {
  for python in python3 /usr/bin/python3; do
    "$python" -c "import $1" 2>/dev/null && return
  done
  skip "python3 has no $1: install $2"
}
python=python3 # for the reader
case $1 in
  json) python_with jsonschema python3-jsonschema ;;
  openmetrics)
    python_with prometheus_client python3-prometheus-client
    need promtool
    ;;
  compare)
    [ -e /usr/share/benchmark/compare.py ] ||
      skip "Google Benchmark's compare.py is not installed: install libbenchmark-tools"
    # It needs scipy and numpy, 90 MB, for a test and a mean. If they are missing, a stand-in
    # computes these two.
    python3 -c 'import numpy, scipy.stats' 2>/dev/null || export PYTHONPATH=$here/../system/standin
    ;;
  junit) need xmllint ;;
  valkey_csv) need redis-benchmark ;; # valkey-benchmark has the same columns
esac

if [ "$1" = valkey_csv ]; then
  with_store
  redis-benchmark -p "${STORE#*:}" -t get -n 100 --csv >"$work/theirs.csv" ||
    fail 'redis-benchmark failed'
  export THEIRS=$work/theirs.csv
fi
golden=$root/tests/golden/result.json
jq '.scenario.name = "a/b \"c\" <d>\n|é \u0001" | .store.version = "\u0000 `|<b>"
  | .runs |= map(.values = "1k:70+16k:30")' "$golden" >"$work/hostile.json"
for file in "$golden" "$work/hostile.json"; do
  expect_exit 0 "$bench" export "$file" --all "$work/all"
  "$python" "$here/../system/read_exports.py" "$1" "$file" "$work/all" >"$work/out" 2>"$work/err" ||
    fail "$1 cannot read the export of $file"
  [ "$1" != openmetrics ] || promtool check metrics <"$work/all/metrics.om" >"$work/out" 2>&1 ||
    fail "promtool rejects the export of $file"
  rm -r "$work/all"
done
