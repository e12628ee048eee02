#!/bin/bash
# The kernel's own parser (tools/testing/kunit) reads the output of gate --ktap and ab.sh --ktap.
. "$(dirname "$0")/../netns/lib.sh"
given=$root/results/reference/keyspace-beijing-2025.json # of ten blocks
source=${MPB_KERNEL_SOURCE:-$("$root/tests/vm/get_kernel.sh" 2>"$work/why")} ||
  skip_always "no kernel source is available here: $(tail -n 1 "$work/why")"
parser=$source/tools/testing/kunit
[ -e "$parser/kunit_parser.py" ] || fail "$source has no kunit_parser.py"

# expect_read LINE...: the parser reads these tests, each "STATUS NAME", and finds no errors.
expect_read() {
  PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$parser python3 - "$work/out" "$work/read" >/dev/null \
    <<'PYTHON' || fail 'the parser cannot read it'
import inspect, sys
import kunit_parser
printer = []
if "printer" in inspect.signature(kunit_parser.parse_run_tests).parameters:  # not in older ones
    import kunit_printer
    printer = [kunit_printer.null_printer]
main = kunit_parser.parse_run_tests(open(sys.argv[1]).read().splitlines(), *printer)
with open(sys.argv[2], "w") as out:
    for test in main.subtests:
        print(test.status.name, test.name, file=out)
    print("errors", main.counts.errors, file=out)
PYTHON
  printf '%s\n' "$@" 'errors 0' | diff -u - "$work/read" || fail 'the parser reads something else'
}

rules=('mptcp/tcp throughput get/4k < 1.2' 'mptcp/tcp throughput get/4k < 1.9'
  'mptcp/tcp throughput get/4k < 1.83')
ask=()
for rule in "${rules[@]}"; do ask+=(--fail-if "$rule"); done
expect_exit 3 "$bench" gate "$given" --ktap "${ask[@]}" --junit "$work/junit.xml"
expect_read "SUCCESS ${rules[0]} in get_4k_c200" "FAILURE ${rules[1]} in get_4k_c200" \
  "SKIPPED ${rules[2]} in get_4k_c200"
expect_exit 4 "$bench" gate "$given" --ktap --fail-if "${rules[2]}"
expect_read "SKIPPED ${rules[2]} in get_4k_c200"
jq '.complete = false' "$given" >"$work/edited.json"
expect_exit 4 "$bench" gate "$work/edited.json" --ktap --fail-if "${rules[0]}"
expect_read "SUCCESS ${rules[0]} in get_4k_c200" 'SKIPPED all runs were made'
jq '.runs |= map(.invalid_reasons = ["late"])' "$given" >"$work/edited.json"
expect_exit 1 "$bench" gate "$work/edited.json" --ktap --fail-if "${rules[0]}"
expect_read "FAILURE ${rules[0]} in get_4k_c200"
# Text from a result does not become KTAP syntax.
jq '.runs |= map(select(.op == "get" and .values == "4k") | .values = "4k # SKIP not\nok 1")' \
  "$given" >"$work/edited.json"
expect_exit 0 "$bench" gate "$work/edited.json" --ktap --fail-if 'mptcp/tcp throughput get/* < 1.2'
expect_read 'SUCCESS mptcp/tcp throughput get/* < 1.2 in get_4k___SKIP_not_ok_1_c200'
MPB_KERNEL_SOURCE=$source "$root/tests/vm/ab_test.py" \
  Answers.test_the_kernels_parser_reads_ktap Answers.test_the_kernels_parser_reads_a_skip_of_all \
  Answers.test_the_kernels_parser_reads_a_failure_of_all \
  2>"$work/err" ||
  fail 'ab.sh --ktap cannot be read'
