#!/bin/bash
# The files of docs/ci work: every step of the GitHub Action and every line of the GitLab job, with
# this build, over links, and with a result for which the correct verdict is known.
. "$(dirname "$0")/lib.sh"
need_links
need xmllint
python3 -c 'import yaml' 2>/dev/null || skip 'python3 has no yaml: install python3-yaml'
export GITHUB_STEP_SUMMARY=$work/step-summary
checkout=$work/checkout
mkdir -p "$checkout/docs/ci" "$checkout/build"
cp "$root"/docs/ci/* "$checkout/docs/ci"
ln -s "$bench" "$checkout/build/mptcp-bench"
steps() { timeout -k 5 110 python3 "$here/ci_steps.py" "$@" >"$work/out" 2>"$work/err" </dev/null; }

# The default rules can be decided. Rules that cannot be decided are refused before any measurement,
# with one message.
steps github "$checkout" Build,Measure,Export,Gate folder=public ||
  fail 'the default rules do not fit the default options of the action'
rm -r public
python3 - "$root" <<'END' || fail 'the files of docs/ci do not fit each other'
import itertools, sys, yaml
root = sys.argv[1]
text = lambda name: open(f"{root}/{name}").read()
load = lambda name: yaml.safe_load(text(name))
action, job = load("docs/ci/action.yml"), load("docs/ci/gitlab-ci.yml")["mptcp-bench"]
options, rule = (action["inputs"][name]["default"] for name in ("options", "fail-if"))
assert job["variables"] == {"OPTIONS": options, "FAIL_IF": rule}
jenkins = text("docs/ci/jenkins.md")
assert f"options='{options}'" in jenkins and f"'{rule}'" in jenkins
for name, spec in action["inputs"].items():
    assert f"| `{name}` | `{spec['default']}` |" in text("docs/ci.md"), name

# The workflows may only read the repository, and all take the same versions of other actions.
versions = {}
for name in ("docs/ci/workflow.yml", "docs/ci/kernel-tree.yml", ".github/workflows/ci.yml"):
    workflow = load(name)
    assert workflow["permissions"] == {"contents": "read"}, name
    for step in itertools.chain(*(job["steps"] for job in workflow["jobs"].values())):
        assert ("run" in step) != ("uses" in step), (name, step)
        if "uses" not in step:
            continue
        used, version = step["uses"].split("@")
        used = "/".join(used.split("/")[:2])  # actions/cache/save is of actions/cache
        assert versions.setdefault(used, version) == version, (name, used)
        if used == "OWNER/mptcp-bench":
            given = {key: value.strip() for key, value in step["with"].items()}
            assert given == {"options": options, "fail-if": rule}, given
assert "OWNER/mptcp-bench" in versions
END
refused() {
  [ "$status" = 2 ] || fail "$1 ended with $status, expected 2"
  [ "$(grep -c '^mptcp-bench: ' "$work/err")" = 1 ] ||
    fail "$1 does not give the reason in one message"
  expect_stderr 'these rules cannot fail with 6 blocks, whatever is measured: write --repeat 7'
  [ ! -e public/result.json ] && [ ! -e mptcp-bench/result.json ] ||
    fail "$1 has measured something"
  rm -rf public mptcp-bench
}
few='--store builtin --size 4k --repeat 6'
steps github "$checkout" Build "options=$few" folder=public
status=$?
refused 'the action'
ln -s "$checkout" .mptcp-bench
steps gitlab "$checkout" '' "OPTIONS=$few"
status=$?
refused 'the GitLab job'
rm .mptcp-bench
steps github "$checkout" Build,Measure,Export,Gate folder=public strict=maybe
[ $? = 2 ] || fail 'the action accepts any word for strict'
rm -rf public

# Slow links with long delays, over which a busy machine may be late by 10 ms. If it is later, the
# run is invalid: the job reports it, and the files that need valid runs exist only for the
# protocols that have one.
echo '{"links": [{"name": "a", "rate": "10mbit", "delay": "100ms"},
  {"name": "b", "rate": "10mbit", "delay": "100ms"}]}' >slow.json
options='--store builtin --scenario ./slow.json --op get --size 1k --repeat 6 '\
'--warmup 100ms --duration 500ms -c 10'
steps github "$checkout" Build "options=$options" 'fail-if=mptcp/tcp throughput * < 0.1' \
  folder=public strict=false
status=$?
cp public/result.json "$result" || fail 'the action left no result'
files=(gbench.json gbench-ci.json custom-smaller.json custom-bigger.json bmf.json metrics.om
  junit.xml summary.md summary.txt)
valid=$(query '[.runs[] | select(.valid) | .proto + "+congestion=" + .congestion_control[0]]
  | unique | join(" ")')
[ -z "$valid" ] || files+=(history.csv)
for variant in $valid; do files+=("slow_get_1k_c10_$variant.hgrm"); done
for file in "${files[@]}"; do
  [ -s "public/$file" ] || fail "the action left no $file"
done
cmp public/summary.md <(head -n "$(wc -l <public/summary.md)" "$GITHUB_STEP_SUMMARY") ||
  fail 'the step summary differs'
expect_field '.runs | length' 12
expect_true '[.runs[] | reasons[]] == []'
# Too few runs may remain valid. That is a warning, not a failure, unless a protocol has no valid
# run at all.
if [ "$(wc -w <<<"$valid")" = 2 ]; then want=0; else want=1; fi
undecided=false warned=false
! grep -qE '^  .* < 0.1 .*(inconclusive|too few blocks)' public/gates.out || undecided=true
! grep -q '^::warning title=mptcp-bench::A gate is inconclusive' "$work/out" || warned=true
[ $undecided = $warned ] || [ $want = 1 ] ||
  fail 'the action does not report whether the gate is conclusive'
[ $status = $want ] || fail "the action ended with $status, expected $want"
warned=false
grep -q '^::warning title=mptcp-bench::Some runs are not valid' "$work/out" && warned=true
[ "$(query '[.runs[].valid] | all | not')" = $warned ] ||
  fail 'the action does not report whether all runs are valid'
rm -r public slow.json

# gate STRICT GITHUB GITLAB RULES: the exit status of the action with `strict`, of the action
# without it, and of the GitLab job, for the golden result, which contains six of ten planned
# blocks.
plan='--store builtin --op get,set --size 4k,16k --repeat 10'
gate() {
  mkdir public
  cp "$root/tests/golden/result.json" public
  steps github "$checkout" Build,Measure "options=$plan" "fail-if=$4" folder=public
  status=$?
  [ $status = "$1" ] || fail "the strict action ended with $status, expected $1: $4"
  [ "$1" != 4 ] || grep -q '^::error title=mptcp-bench::A gate is inconclusive' "$work/out" ||
    fail 'the strict action does not give the reason'
  rm -r public
  shift
  mkdir public mptcp-bench .mptcp-bench
  cp "$root/tests/golden/result.json" public
  cp "$root/tests/golden/result.json" mptcp-bench
  steps github "$checkout" Build,Measure "options=$plan" "fail-if=$3" folder=public strict=false
  status=$?
  [ $status = "$1" ] || fail "the action ended with $status, expected $1: $3"
  rmdir .mptcp-bench && ln -s "$checkout" .mptcp-bench
  steps gitlab "$checkout" '$OPTIONS --quiet' "OPTIONS=$plan" "FAIL_IF=$3"
  status=$?
  [ $status = "$2" ] || fail "the GitLab job ended with $status, expected $2: $3"
  # A rule that cannot be parsed ends the job before any measurement, with one message.
  if [ "$1" = 2 ]; then
    ! ls public/junit.xml mptcp-bench/junit.xml 2>/dev/null ||
      fail 'files were written although a rule cannot be parsed'
    [ "$(grep -c '^mptcp-bench: ' "$work/err")" = 1 ] || fail 'there is not exactly one message'
  else
    cmp public/junit.xml mptcp-bench/junit.xml || fail 'the JUnit files differ'
    cmp public/gates.xml mptcp-bench/gates.xml || fail 'the gates differ'
    cp public/gates.xml "$work/gates.xml"
  fi
  rm -r public mptcp-bench .mptcp-bench
}
gate 0 0 0 'mptcp/tcp throughput get/4k < 1.4'
gate 3 3 3 'mptcp/tcp throughput get/4k < 1.6'
xmllint --noout "$work/gates.xml" || fail 'gates.xml is not XML'
grep -q 'name="fails if mptcp/tcp throughput get/4k &lt; 1.6, get_4k: WORSE"' "$work/gates.xml" ||
  fail 'the gate does not give the reason'
# SET 16k has five valid blocks.
gate 4 0 4 'mptcp/tcp throughput */16k < 1.4'
# Several rules are decided together, and six blocks are too few for two.
gate 4 0 4 'mptcp/tcp throughput get/4k < 1.4
mptcp/tcp throughput get/4k < 1.3'
gate 2 2 2 'mptcp/tcp speed * < 1'
gate 2 2 2 'mptcp/tcp p99 * > 1.5'

# One run is invalid, and the measurement ends with 1: the gate decides by the others. Without a
# gate, that is a failure.
rm "$checkout/build/mptcp-bench"
cat >"$checkout/build/mptcp-bench" <<END
#!/bin/bash
case \$1 in export | gate) exec "$bench" "\$@" ;; esac
echo '::error::by a stranger'
echo '  ::error::by a stranger'
cp "$root/tests/golden/result.json" "\${@: -1}"
exit 1
END
chmod +x "$checkout/build/mptcp-bench"
# Prints the lines of the action's output that are commands to the runner, which also accepts
# leading spaces.
commands() {
  awk '{ sub(/^ +/, "") }
    token != "" { if ($0 == "::" token "::") token = ""; next }
    /^::stop-commands::/ { token = substr($0, 18); next }
    /^::/' "$work/out"
}
# measured GITHUB GITLAB RULES: the exit status of the action and of the GitLab job.
measured() {
  steps github "$checkout" Build "options=$plan" "fail-if=$3" folder=public strict=false
  status=$?
  [ $status = "$1" ] || fail "the action ended with $status, expected $1: $3"
  commands >"$work/commands"
  [ -z "$3" ] || grep -q '^::warning title=mptcp-bench::Some runs are not valid' "$work/commands" ||
    fail 'the action does not report invalid runs'
  ! grep -q stranger "$work/commands" || fail 'output can contain commands to the runner'
  ln -s "$checkout" .mptcp-bench
  steps gitlab "$checkout" '' "OPTIONS=$plan" "FAIL_IF=$3"
  status=$?
  [ $status = "$2" ] || fail "the GitLab job ended with $status, expected $2: $3"
  [ -z "$3" ] || grep -q '^Some runs are not valid' "$work/out" ||
    fail 'the GitLab job does not report invalid runs'
  cmp public/junit.xml mptcp-bench/junit.xml || fail 'the JUnit files differ'
  rm -r public mptcp-bench .mptcp-bench
}
measured 0 0 'mptcp/tcp throughput get/4k < 1.4'
measured 3 3 'mptcp/tcp throughput get/4k < 1.6'
measured 0 4 'mptcp/tcp throughput * < 1.4'
steps github "$checkout" Build fail-if= folder=public
status=$?
[ $status = 1 ] || fail "without a gate the action ended with $status, expected 1"
[ -s public/junit.xml ] || fail 'without a gate nothing is exported'
rm -r public
# If nothing was measured, the next steps do not fail because of a missing file.
cat >"$checkout/build/mptcp-bench" <<END
#!/bin/bash
case \$1 in export | gate) exec "$bench" "\$@" ;; esac
echo 'mptcp-bench: this host cannot' >&2
exit 77
END
mkdir public && cp "$root/tests/golden/result.json" public # left by an earlier job
steps github "$checkout" Build 'fail-if=mptcp/tcp throughput * < 1' folder=public
status=$?
[ $status = 77 ] || fail "on a host that cannot the action ended with $status, expected 77"
[ "$(cat "$work/err")" = 'mptcp-bench: this host cannot' ] ||
  fail 'there is not exactly one message'
expect_stdout 'No result was made: nothing to export.'
rm -r public
rm "$checkout/build/mptcp-bench" && ln -s "$bench" "$checkout/build/mptcp-bench"

# On a host that cannot measure, nothing is exported, and the job ends with 77.
ln -s "$checkout" .mptcp-bench
expect_exit 77 python3 "$here/ci_steps.py" gitlab "$checkout" '' \
  'OPTIONS=--store builtin --repeat 10 --congestion nobody-has-this'
[ ! -e mptcp-bench/metrics.om ] || fail 'files were exported without a measurement'
rm -r .mptcp-bench mptcp-bench
