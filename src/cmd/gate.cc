#include "report/gate.hh"

#include "cmd/cmd.hh"
#include "result/read.hh"
#include "sys/error.hh"
#include "sys/file.hh"
#include "sys/output.hh"

namespace mpb {

namespace {

struct GateOptions {
  std::string result, rules, junit;
  std::vector<std::string> fail_if;
  bool dry_run = false;
};

std::string count_text(std::size_t count, const std::string& noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

// "1 outcome 6, 2 outcomes 7, ..."
std::string block_list() {
  std::string text;
  for (const std::size_t outcomes : {1, 2, 4, 8, 20}) {
    text += (text.empty() ? "" : ", ") + count_text(outcomes, "outcome") + " " +
            std::to_string(fewest_blocks(outcomes));
  }
  return text;
}

std::string metric_list() {
  std::string text;
  for (const std::string& name : metric_names()) text += (text.empty() ? "" : ", ") + name;
  return text;
}

int gate(const GateOptions& o) {
  std::vector<GateRule> rules;
  for (const std::string& text : o.fail_if) rules.push_back(parse_gate_rule(text, "--fail-if"));
  if (!o.rules.empty()) {
    for (GateRule& rule : parse_gate_rules(read_file(o.rules, kLargestByHand), o.rules))
      rules.push_back(std::move(rule));
  }
  if (rules.empty())
    throw BadInput(
        "gate: no rule is given; add --fail-if 'mptcp/tcp throughput get/4k < 1.2', or --rules "
        "FILE");
  for (const GateRule& rule : rules) {
    if (const std::string warning = backwards_warning(rule); !warning.empty()) say(warning);
  }
  if (!o.junit.empty()) check_writable(o.junit);
  if (o.dry_run) {
    if (!o.result.empty())
      throw BadInput("gate: --dry-run reads the rules alone; leave out " + o.result +
                     ", or --dry-run");
    print(std::to_string(rules.size()) + (rules.size() == 1 ? " rule" : " rules") +
          " can be read; no result was looked at\n");
    return kOk;
  }
  if (o.result.empty())
    throw BadInput(
        "gate: no result is given; write gate RESULT.json, or --dry-run to check the rules alone");
  const Result result = read_result(o.result);
  const std::vector<GateOutcome> outcomes = evaluate(analyse(result), rules);
  print(gate_table(result, outcomes));
  if (!o.junit.empty()) replace_file(o.junit, gate_junit(result, outcomes));
  return exit_code(result, outcomes);
}

}  // namespace

void add_gate(CLI::App& app, Action& action) {
  auto o = std::make_shared<GateOptions>();
  CLI::App* sub = app.add_subcommand(
      "gate", "Whether a result is good enough, for CI: gate RESULT.json --fail-if RULE");
  sub->footer(
      "\nA rule is PROTO[/BASE] METRIC CELL < or > VALUE. With a BASE it is about the ratio within "
      "blocks. CELL is OP/SIZE, either of them\n"
      "* for all, or a cell's whole name, such as get_4k_c200. METRIC is one of " +
      metric_list() +
      ".\nLatency (mean, p50 to p99_9) can be gated where it was measured with --rate, and the "
      "links did not change; where they did,\n"
      "longest_stall and first_success.\n"
      "\nA rule fails when the exact 95 % interval lies on its side, and all outcomes (a rule in a "
      "cell) are decided together (Holm). So the\n"
      "more there are, the more blocks (--repeat) they need: " +
      block_list() +
      ".\nWith fewer none can fail, whatever was measured: the verdict then is \"too few blocks\".\n"
      "Examples:\n"
      "  mptcp-bench gate result.json --fail-if 'mptcp/tcp throughput get/4k < 1.2' --fail-if "
      "'mptcp p99 * > 50ms'\n"
      "  mptcp-bench gate result.json --fail-if 'mptcp/tcp longest_stall * > 0.5' --fail-if 'mptcp "
      "first_success get/4k > 2s'\n"
      "  mptcp-bench gate result.json --rules gates.txt --junit gates.xml      one rule a line, # "
      "for remarks\n"
      "  mptcp-bench gate --rules gates.txt --dry-run                          before a result is "
      "there\n"
      "\nExit codes: 0 all hold, 3 one is worse, 4 one is inconclusive, has too few blocks, or "
      "runs of the experiment are missing,\n"
      "1 one has no valid run, 2 bad input.");
  sub->add_option("result", o->result, "The result file of mptcp-bench");
  sub->add_option("--fail-if", o->fail_if, "A RULE; may be given several times")
      ->allow_extra_args(false);
  sub->add_option("--rules", o->rules, "FILE of rules");
  sub->add_option("--junit", o->junit,
                  "FILE to write for a CI system's test tab: a test case a rule and cell");
  sub->add_flag("--dry-run", o->dry_run,
                "Only check how the rules are written, before anything is measured");
  sub->callback([&action, o] { action = [o] { return gate(*o); }; });
}

}  // namespace mpb
