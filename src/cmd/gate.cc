#include "analysis/gate.hh"

#include <fmt/format.h>

#include "cmd/bench_experiment.hh"
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

std::string count_text(std::size_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

// Without a result or a plan, only the syntax and the number of rules are known.
int check_alone(const std::vector<GateRule>& rules) {
  std::vector<std::string> needs;
  for (const std::size_t cells : {1, 2, 4, 6}) {
    needs.push_back(
        fmt::format("{} {}", count_text(cells, "cell"), fewest_blocks(rules.size() * cells)));
  }
  print(
      fmt::format("{} can be read; no result was read\n"
                  "blocks (--repeat) that decide them together, by the number of cells that each "
                  "applies to: {}\n"
                  "add -- and the options of the benchmark to check them against its plan\n",
                  count_text(rules.size(), "rule"), fmt::join(needs, ", ")));
  return kOk;
}

// Whether the result of a benchmark with these options can decide the rules. `words` may begin with
// the program's name, as a pasted command line does.
int check_plan(const std::vector<GateRule>& rules, std::vector<std::string> words) {
  if (words.front().starts_with('-')) words.insert(words.begin(), "mptcp-bench");
  BenchOptions options = parse_bench_options(words);
  if (!options.resume.empty()) {
    throw BadInput(
        "--resume: continues an experiment; give the options with which it was started instead");
  }
  options.dry_run = true;
  const ExperimentOptions e = experiment_of(options, words);
  if (e.auto_rates) {
    print(fmt::format("{} can be read; with --rate auto the cells are unknown until it has run\n",
                      count_text(rules.size(), "rule")));
    return kOk;
  }
  const Result result = planned(e);
  const std::size_t outcomes = outcomes_of(result, groups_of(result), rules);
  const std::size_t needed = fewest_blocks(outcomes);
  const auto blocks = static_cast<std::size_t>(least_blocks(e));
  print(fmt::format("{}, {} (a rule in a cell): deciding {} takes {}; the plan has {}\n",
                    count_text(rules.size(), "rule"), count_text(outcomes, "outcome"),
                    outcomes == 1 ? "it" : "them together", count_text(needed, "block"),
                    blocks >= needed ? fmt::format("{}, which is enough", blocks)
                                     : fmt::format("only {}", blocks)));
  if (blocks >= needed) return kOk;
  throw BadInput(fmt::format(
      "these rules cannot fail with {}, whatever is measured: write --repeat {}, or fewer rules or "
      "cells",
      count_text(blocks, "block"), needed));
}

// "6 for 1 outcome, 7 for 3, ...": for each number of blocks the most outcomes that it decides.
std::string block_list() {
  std::vector<std::string> needs;
  for (const std::size_t outcomes : {1, 3, 6, 12, 25})
    needs.push_back(fmt::format("{} for {}{}", fewest_blocks(outcomes), outcomes,
                                outcomes == 1 ? " outcome" : ""));
  return fmt::format("{}", fmt::join(needs, ", "));
}

std::string help_text() {
  return fmt::format(R"(
A rule is PROTO[/BASE] METRIC CELL < or > VALUE. With a BASE it concerns the ratio within blocks.
CELL is OP/SIZE, each of which may be * for all, or the whole name of a cell, such as get_4k_c200.
METRIC is one of {}.
Latency (mean, p50 to p99_9) is available if it was measured with --rate and the links did not
change; longest_stall and first_success if they did; competing_goodput if the scenario has a TCP flow
that competes with the load.

A rule fails if the exact 95 % interval lies on its side. All outcomes (a rule in a cell) are
decided together (Holm), so more of them need more blocks (--repeat):
{}.
With fewer blocks no rule can fail, whatever was measured; the verdict is then "too few blocks".
--dry-run -- OPTIONS counts them before a benchmark with these OPTIONS runs.
Examples:
  mptcp-bench gate result.json --fail-if 'mptcp/tcp throughput get/4k < 1.2'
  mptcp-bench gate result.json --fail-if 'mptcp p99 * > 50ms' --fail-if 'mptcp/tcp p99 * > 1.5'
  mptcp-bench gate result.json --fail-if 'mptcp first_success get/4k > 2s'
  mptcp-bench gate result.json --rules gates.txt --junit gates.xml
                                     one rule per line, with # for remarks
  mptcp-bench gate --rules gates.txt --dry-run -- --size 4k --repeat 10
                                     before anything is measured

Exit codes: 0 no rule fails; 3 a rule fails; 4 a rule is inconclusive or has too few blocks, or runs
of the experiment are missing; 1 a rule has no valid run; 2 bad input, such as rules that the plan
of --dry-run cannot decide.)",
                     fmt::join(metric_names(), ", "), block_list());
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
    throw BadInput("gate: the options of a benchmark after -- go with --dry-run");
  if (o.dry_run) {
    if (o.ktap) throw BadInput("gate: --ktap prints verdicts, and --dry-run has none");
    if (!o.result.empty()) {
      throw BadInput(fmt::format(
          "gate: --dry-run reads the rules alone; leave out {}, or --dry-run", o.result));
    }
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
      "gate", "Decide by rules whether a result is good enough: gate RESULT.json --fail-if RULE");
  sub->footer(help_text());
  sub->add_option("result", o->result, "Result file of mptcp-bench")->type_name("FILE");
  sub->add_option("--fail-if", o->fail_if, "Rule that describes a failure; may be repeated")
      ->allow_extra_args(false)
      ->type_name("RULE");
  sub->add_option("--rules", o->rules, "File of rules, one per line")->type_name("FILE");
  sub->add_option("--junit", o->junit,
                  "JUnit file to write, with a test case for each rule and cell")
      ->type_name("FILE");
  sub->add_flag("--ktap", o->ktap,
                "Print the verdicts as KTAP, the kernel's format for test results, instead of the "
                "table");
  sub->add_flag(
      "--dry-run", o->dry_run,
      "Check the rules alone, without a result: their syntax, and whether a benchmark with the "
      "options after -- can decide them");
  sub->callback([&action, &words, o] { action = [&words, o] { return gate(*o, words.command); }; });
}

}  // namespace mpb
