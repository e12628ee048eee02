#include "analysis/gate.hh"

#include "cmd/bench_options.hh"
#include "cmd/cmd.hh"
#include "experiment/record.hh"
#include "output/gate_report.hh"
#include "output/terminal.hh"
#include "result/read.hh"
#include "sys/error.hh"
#include "sys/file.hh"
#include "sys/output.hh"

namespace mpb {

namespace {

struct GateOptions {
  std::string result, rules, junit;
  std::vector<std::string> fail_if;
  bool dry_run = false, ktap = false;
};

std::string count_text(std::size_t count, const std::string& noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

// What the rules need, as far as they tell it themselves.
int check_alone(const std::vector<GateRule>& rules) {
  std::string needs;
  for (const std::size_t cells : {1, 2, 4, 6}) {
    needs += (needs.empty() ? "" : ", ") + count_text(cells, "cell") + " " +
             std::to_string(fewest_blocks(rules.size() * cells));
  }
  print(
      count_text(rules.size(), "rule") +
      " can be read; no result was looked at\nblocks (--repeat) that decide them together, by the "
      "cells that each is about: " +
      needs + "\nadd -- and the options of the benchmark to check them against its plan\n");
  return kOk;
}

// Whether the result that a benchmark with such options makes can decide the rules.
// `words` may begin with the program's name, as a command line that is pasted does.
int check_plan(const std::vector<GateRule>& rules, std::vector<std::string> words) {
  if (words.front().starts_with('-')) words.insert(words.begin(), "mptcp-bench");
  BenchOptions options = parse_bench_options(words);
  if (!options.resume.empty())
    throw BadInput("--resume: goes on with a result; give the options that it was made with");
  options.dry_run = true;
  const ExperimentOptions e = experiment_of(options, words);
  if (e.auto_rates) {
    print(count_text(rules.size(), "rule") +
          " can be read; with --rate auto the cells are not known before it has run\n");
    return kOk;
  }
  const Result result = planned(e);
  const std::size_t outcomes = outcomes_of(result, groups_of(result), rules);
  const std::size_t needed = fewest_blocks(outcomes);
  const auto blocks = static_cast<std::size_t>(least_blocks(e));
  print(count_text(rules.size(), "rule") + ", " + count_text(outcomes, "outcome") +
        " (a rule in a cell): deciding " + (outcomes == 1 ? "it" : "them together") + " takes " +
        count_text(needed, "block") + ", and the plan has " + std::to_string(blocks) + "\n");
  if (blocks >= needed) return kOk;
  throw BadInput("these rules cannot fail with " + count_text(blocks, "block") +
                 ", whatever is measured: write --repeat " + std::to_string(needed) +
                 ", or fewer rules or cells");
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

int gate(const GateOptions& o, const std::vector<std::string>& plan) {
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
  if (!plan.empty() && !o.dry_run)
    throw BadInput("gate: the options of a benchmark behind -- go with --dry-run");
  if (o.dry_run) {
    if (o.ktap) throw BadInput("gate: --ktap prints verdicts, and --dry-run has none");
    if (!o.result.empty())
      throw BadInput("gate: --dry-run reads the rules alone; leave out " + o.result +
                     ", or --dry-run");
    return plan.empty() ? check_alone(rules) : check_plan(rules, plan);
  }
  if (o.result.empty())
    throw BadInput(
        "gate: no result is given; write gate RESULT.json, or --dry-run to check the rules alone");
  const Result result = read_result(o.result);
  const std::vector<GateOutcome> outcomes = evaluate(analyse(result), rules);
  print(o.ktap ? gate_ktap(result, outcomes) : gate_text(result, outcomes));
  if (!o.junit.empty()) replace_file(o.junit, gate_junit(result, outcomes));
  return exit_code(result, outcomes);
}

}  // namespace

void add_gate(CLI::App& app, Action& action, const CommandWords& words) {
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
      ".\nWith fewer none can fail, whatever was measured: the verdict then is \"too few blocks\". "
      "--dry-run -- OPTIONS counts them before a\n"
      "benchmark with such OPTIONS is run.\n"
      "Examples:\n"
      "  mptcp-bench gate result.json --fail-if 'mptcp/tcp throughput get/4k < 1.2' --fail-if "
      "'mptcp p99 * > 50ms'\n"
      "  mptcp-bench gate result.json --fail-if 'mptcp/tcp longest_stall * > 0.5' --fail-if 'mptcp "
      "first_success get/4k > 2s'\n"
      "  mptcp-bench gate result.json --rules gates.txt --junit gates.xml      one rule a line, # "
      "for remarks\n"
      "  mptcp-bench gate --rules gates.txt --dry-run -- --size 4k --repeat 10 before anything is "
      "measured\n"
      "\nExit codes: 0 all hold, 3 one is worse, 4 one is inconclusive, has too few blocks, or "
      "runs of the experiment are missing,\n"
      "1 one has no valid run, 2 bad input, such as rules that the plan of --dry-run cannot "
      "decide.");
  sub->add_option("result", o->result, "The result file of mptcp-bench");
  sub->add_option("--fail-if", o->fail_if, "A RULE; may be given several times")
      ->allow_extra_args(false);
  sub->add_option("--rules", o->rules, "FILE of rules");
  sub->add_option("--junit", o->junit,
                  "FILE to write for a CI system's test tab: a test case a rule and cell");
  sub->add_flag("--ktap", o->ktap,
                "Print the verdicts as KTAP, the kernel's format for test results, in place of the "
                "table");
  sub->add_flag("--dry-run", o->dry_run,
                "Only check the rules, before anything is measured: how they are written, and "
                "whether a benchmark with the options behind -- can decide them");
  sub->callback([&action, &words, o] { action = [&words, o] { return gate(*o, words.command); }; });
}

}  // namespace mpb
