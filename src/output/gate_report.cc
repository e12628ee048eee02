#include "output/gate_report.hh"

#include <fmt/format.h>

#include <algorithm>

#include "analysis/figure_names.hh"
#include "analysis/text.hh"
#include "analysis/verdicts.hh"
#include "output/export/junit.hh"
#include "sys/escape.hh"

namespace mpb {

namespace {

std::string blocks_text(std::size_t count) {
  return fmt::format("{} {}", count, count == 1 ? "block" : "blocks");
}

// Without the final period.
std::string sentence(const GateOutcome& outcome) {
  if (outcome.verdict == GateVerdict::kInvalid) return "no block has valid runs";
  if (!outcome.undecided_because.empty()) return outcome.undecided_because;
  const Figure& figure = *outcome.figure;
  const std::size_t blocks = figure.values.size();
  const std::string text =
      fmt::format("{} (95 %: {}, adjusted p {}) of {} {}", value_text(figure, figure.value),
                  interval_text(outcome), fixed(outcome.p, 3), count_of(blocks, outcome.made),
                  blocks == 1 ? "block" : "blocks");
  if (outcome.verdict == GateVerdict::kTooFewBlocks)
    return fmt::format(
        "{}; deciding it together with all others takes {}, and with fewer it cannot fail", text,
        blocks_text(blocks + *outcome.more));
  if (outcome.verdict != GateVerdict::kInconclusive) return text;
  if (!outcome.more) return fmt::format("{}; it is too close to the threshold to decide", text);
  return fmt::format("{}; about {} more {} would decide it", text, *outcome.more,
                     *outcome.more == 1 ? "block" : "blocks");
}

// "These 2 outcomes are decided together, which takes 7 blocks; the result has 6: they cannot
// fail." "" if all outcomes have enough blocks. One sentence covers all outcomes that have too few.
std::string too_few_sentence(const std::vector<GateOutcome>& outcomes) {
  std::size_t family = 0, undecidable = 0, needed = 0, fewest = 0, most = 0;
  bool lost = false;
  for (const GateOutcome& outcome : outcomes) {
    family += outcome.figure ? 1 : 0;
    if (outcome.verdict != GateVerdict::kTooFewBlocks) continue;
    const std::size_t blocks = outcome.figure->values.size();
    fewest = undecidable == 0 ? blocks : std::min(fewest, blocks);
    most = std::max(most, blocks);
    needed = blocks + *outcome.more;
    lost = lost || blocks < outcome.made;
    ++undecidable;
  }
  if (undecidable == 0) return "";
  const std::string needs =
      family == 1 ? fmt::format("This outcome needs {} blocks", needed)
                  : fmt::format("These {} outcomes are decided together, which takes {} blocks",
                                family, needed);
  const std::string count =
      fewest < most ? fmt::format("{} to {}", fewest, most) : std::to_string(most);
  const std::string who = family == 1             ? "it"
                          : undecidable == family ? "they"
                                                  : fmt::format("{} of them", undecidable);
  return fmt::format(
      "{}; {} {}{}: {} cannot fail. mptcp-bench --resume RESULT --repeat N adds blocks.", needs,
      undecidable == family ? "the result has" : "some have", count, lost ? " valid ones" : "",
      who);
}

// One case for each outcome, and one if runs are missing.
std::vector<JunitCase> cases_of(const Result& result, const std::vector<GateOutcome>& outcomes) {
  std::vector<JunitCase> cases;
  for (const GateOutcome& outcome : outcomes) {
    JunitCase its;
    its.name = fmt::format("fails if {}, {}: {}", outcome.rule.text, outcome.cell,
                           to_text(outcome.verdict));
    its.text = its.message = sentence(outcome);
    if (outcome.verdict == GateVerdict::kInconclusive ||
        outcome.verdict == GateVerdict::kTooFewBlocks) {
      its.outcome = JunitCase::kSkip;
    } else if (outcome.verdict != GateVerdict::kHolds) {
      its.outcome = JunitCase::kFail;
      its.type = outcome.verdict == GateVerdict::kWorse ? "worse" : "invalid";
    }
    cases.push_back(std::move(its));
  }
  add_interruption(result, JunitCase::kSkip, cases);
  return cases;
}

// As one line, in which no # begins a directive.
std::string for_ktap(const std::string& text) {
  std::string line;
  for (const char c : for_terminal(text)) line += c == '#' ? "\\x23" : std::string(1, c);
  return line;
}

}  // namespace

std::string to_text(GateVerdict verdict) {
  switch (verdict) {
    case GateVerdict::kHolds:
      return "passes";
    case GateVerdict::kWorse:
      return "WORSE";
    case GateVerdict::kInconclusive:
      return "inconclusive";
    case GateVerdict::kTooFewBlocks:
      return "too few blocks";
    case GateVerdict::kInvalid:
      break;
  }
  return "INVALID";
}

std::string interval_text(const GateOutcome& outcome) {
  if (!outcome.figure || !outcome.figure->interval) return "-";
  const auto text = [&](double value) { return value_text(*outcome.figure, value); };
  return fmt::format("{} to {}", text(outcome.figure->interval->low),
                     text(outcome.figure->interval->high));
}

std::vector<std::string> gate_sentences(const Result& result,
                                        const std::vector<GateOutcome>& outcomes) {
  std::vector<std::string> sentences;
  for (const std::string& text : {invalid_shares(result), too_few_sentence(outcomes)}) {
    if (!text.empty()) sentences.push_back(text);
  }
  for (const GateOutcome& outcome : outcomes) {
    if (outcome.verdict != GateVerdict::kInconclusive && outcome.verdict != GateVerdict::kInvalid)
      continue;
    sentences.push_back(fmt::format("{} in {} is {}: {}.", outcome.rule.text, outcome.shown_cell,
                                    to_text(outcome.verdict), sentence(outcome)));
  }
  if (const std::string missing = interruption(result); !missing.empty()) {
    sentences.push_back(fmt::format(
        "{}; a rule may fail in the missing runs, so the gate is inconclusive.", missing));
  }
  return sentences;
}

std::string gate_junit(const Result& result, const std::vector<GateOutcome>& outcomes) {
  return junit_document(result, "mptcp-bench.gate." + scenario_name(result),
                        cases_of(result, outcomes));
}

std::string gate_ktap(const Result& result, const std::vector<GateOutcome>& outcomes) {
  const std::vector<JunitCase> cases = cases_of(result, outcomes);
  std::string text = fmt::format("KTAP version 1\n1..{}\n", cases.size());
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const JunitCase& its = cases[i];
    const bool is_outcome = i < outcomes.size();
    // Without the verdict, so that a test has the same name from run to run.
    const std::string name =
        is_outcome ? fmt::format("{} in {}", outcomes[i].rule.text, outcomes[i].cell) : its.name;
    const std::string why =
        for_ktap((is_outcome ? to_text(outcomes[i].verdict) + ": " : "") + its.message);
    const bool skip = its.outcome == JunitCase::kSkip;
    if (!skip) text += fmt::format("# {}\n", why);
    text += fmt::format("{} {} {}{}\n", its.outcome == JunitCase::kFail ? "not ok" : "ok", i + 1,
                        for_ktap(name), skip ? " # SKIP " + why : "");
  }
  return text;
}

}  // namespace mpb
