#include "output/gate_report.hh"

#include <algorithm>

#include "analysis/text.hh"
#include "analysis/verdicts.hh"
#include "output/export/junit.hh"
#include "sys/escape.hh"

namespace mpb {

namespace {

std::string sentence(const GateOutcome& outcome) {
  if (outcome.verdict == GateVerdict::kInvalid) return "no block has runs that can be believed";
  if (!outcome.undecided_because.empty()) return outcome.undecided_because;
  const Figure& figure = *outcome.figure;
  std::string text = value_text(figure, figure.value) + " (95 %: " + interval_text(outcome) +
                     ", adjusted p " + fixed(outcome.p, 3) + ") of " +
                     count_of(figure.values.size(), outcome.made) +
                     (figure.values.size() == 1 ? " block" : " blocks");
  if (outcome.verdict == GateVerdict::kTooFewBlocks) {
    return text + "; decided with all others, it takes " +
           std::to_string(figure.values.size() + *outcome.more) + ", and cannot fail with fewer";
  }
  if (outcome.verdict != GateVerdict::kInconclusive) return text;
  if (!outcome.more) return text + "; it is too near to tell";
  return text + "; about " + std::to_string(*outcome.more) +
         (*outcome.more == 1 ? " block" : " blocks") + " more would tell";
}

// "These 2 outcomes need 7 blocks to be decided together; the result has 6: they cannot fail." ""
// where all have enough. Few blocks are one cause for all that have them.
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
  const std::string has = (fewest < most ? std::to_string(fewest) + " to " : "") +
                          std::to_string(most) + (lost ? " that count" : "");
  const std::string needs = family == 1 ? "This outcome needs "
                                        : "These " + std::to_string(family) +
                                              " outcomes are decided together, which takes ";
  const std::string who = family == 1             ? "it"
                          : undecidable == family ? "they"
                                                  : std::to_string(undecidable) + " of them";
  return needs + std::to_string(needed) + " blocks; " +
         (undecidable == family ? "the result has " : "some have ") + has + ": " + who +
         " cannot fail. mptcp-bench --resume RESULT --repeat N adds blocks.";
}

// Of each outcome, and of runs that are missing.
std::vector<JunitCase> cases_of(const Result& result, const std::vector<GateOutcome>& outcomes) {
  std::vector<JunitCase> cases;
  for (const GateOutcome& outcome : outcomes) {
    JunitCase its;
    its.name =
        "fails if " + outcome.rule.text + ", " + outcome.cell + ": " + to_text(outcome.verdict);
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

// One line, in which no # begins a directive.
std::string for_ktap(const std::string& text) {
  std::string line;
  for (const char c : for_terminal(text)) line += c == '#' ? "\\x23" : std::string(1, c);
  return line;
}

}  // namespace

std::string to_text(GateVerdict verdict) {
  switch (verdict) {
    case GateVerdict::kHolds:
      return "holds";
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
  return text(outcome.figure->interval->low) + " to " + text(outcome.figure->interval->high);
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
    sentences.push_back(outcome.rule.text + " in " + outcome.cell + " is " +
                        to_text(outcome.verdict) + ": " + sentence(outcome) + ".");
  }
  if (const std::string missing = interruption(result); !missing.empty()) {
    sentences.push_back(missing +
                        "; what holds may not hold in the others, so the gate is inconclusive.");
  }
  return sentences;
}

std::string gate_junit(const Result& result, const std::vector<GateOutcome>& outcomes) {
  return junit_document(result, "mptcp-bench.gate." + scenario_name(result),
                        cases_of(result, outcomes));
}

std::string gate_ktap(const Result& result, const std::vector<GateOutcome>& outcomes) {
  const std::vector<JunitCase> cases = cases_of(result, outcomes);
  std::string text = "KTAP version 1\n1.." + std::to_string(cases.size()) + "\n";
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const JunitCase& its = cases[i];
    // The verdict is no part of it, so that a test has one name from run to run.
    const std::string name =
        i < outcomes.size() ? outcomes[i].rule.text + " in " + outcomes[i].cell : its.name;
    const std::string why =
        (i < outcomes.size() ? to_text(outcomes[i].verdict) + ": " : "") + its.message;
    if (its.outcome != JunitCase::kSkip) text += "# " + for_ktap(why) + "\n";
    text += (its.outcome == JunitCase::kFail ? "not ok " : "ok ") + std::to_string(i + 1) + " " +
            for_ktap(name);
    text += its.outcome == JunitCase::kSkip ? " # SKIP " + for_ktap(why) + "\n" : "\n";
  }
  return text;
}

}  // namespace mpb
