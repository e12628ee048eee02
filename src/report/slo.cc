#include "report/slo.hh"

#include <algorithm>
#include <array>
#include <map>

#include "report/group.hh"
#include "report/text.hh"
#include "sys/error.hh"
#include "sys/units.hh"

namespace mpb {

namespace {

constexpr double kBeyond = 10;  // samples that can_tell() asks for beyond a quantile

// The runs of the search for this operation, value size and protocol.
std::vector<const Run*> runs_of(const Result& result, const SloAnswer& cell) {
  std::vector<const Run*> runs;
  for (const Run& run : result.runs) {
    if (run.search && run.op == cell.op && run.values == cell.values && run.proto == cell.proto)
      runs.push_back(&run);
  }
  return runs;
}

bool same(const SloAnswer& a, const SloAnswer& b) { return a.op == b.op && a.values == b.values; }

}  // namespace

double samples_needed(const SloRule& rule) { return kBeyond / (1 - rule.q); }

std::optional<double> slo_value(const SloRule& rule, const Run& run) {
  if (!can_tell(run.outcome.response, rule.q)) return std::nullopt;
  return rule.q == 0 ? run.outcome.response.mean()
                     : static_cast<double>(run.outcome.response.quantile(rule.q).count());
}

bool holds(const SloRule& rule, const Run& run) {
  const std::optional<double> value = slo_value(rule, run);
  if (!run.valid() || run.saturated || !value) return false;
  const auto bound = static_cast<double>(rule.bound.count());
  return rule.or_equal ? *value <= bound : *value < bound;
}

SloBracket bracket_of(const SloRule& rule, const std::vector<const Run*>& runs) {
  struct Seen {
    int held = 0, failed = 0, invalid = 0;
    double worst = 0;
  };
  std::map<double, Seen> rates;
  for (const Run* run : runs) {
    Seen& seen = rates[run->rate_rps.value_or(0)];
    const bool held = holds(rule, *run);
    ++(held ? seen.held : run->valid() ? seen.failed : seen.invalid);
    if (held) seen.worst = std::max(seen.worst, *slo_value(rule, *run));
  }
  SloBracket bracket;
  bracket.runs = static_cast<int>(runs.size());
  for (const auto& [rate, seen] : rates) {
    if (seen.failed > 0 || seen.invalid > 1) {
      bracket.failed = rate;
      bracket.failed_invalid = seen.failed == 0;
      break;  // whatever a rate above it did
    }
    if (seen.invalid == 1 && seen.held == 0) bracket.retry = rate;
    if (seen.held == 0) continue;
    bracket.held = rate;
    bracket.times = seen.held;
    bracket.value_ns = seen.worst;
  }
  return bracket;
}

std::vector<SloAnswer> slo_answers(const Result& result) {
  std::vector<SloAnswer> answers;
  if (!result.slo) return answers;
  const SloRule rule = result.slo->rule;
  for (const CapacityProbe& probe : result.probes) {
    SloAnswer answer;
    answer.op = probe.op, answer.values = probe.values, answer.proto = probe.proto;
    const SloBracket bracket = bracket_of(rule, runs_of(result, answer));
    answer.rate_rps = bracket.held;
    answer.value_ns = bracket.value_ns;
    answer.fails_at_rps = bracket.failed;
    answer.fails_invalid = bracket.failed_invalid;
    answer.confirmed = bracket.times > 1;
    answer.runs = bracket.runs;
    answers.push_back(std::move(answer));
  }
  // Cells in the order in which they were probed, the protocols of one as everywhere.
  std::vector<SloAnswer> ordered;
  for (const SloAnswer& cell : answers) {
    if (std::any_of(ordered.begin(), ordered.end(),
                    [&](const SloAnswer& a) { return same(a, cell); }))
      continue;
    const auto start = static_cast<std::ptrdiff_t>(ordered.size());
    std::copy_if(answers.begin(), answers.end(), std::back_inserter(ordered),
                 [&](const SloAnswer& a) { return same(a, cell); });
    std::stable_sort(
        ordered.begin() + start, ordered.end(),
        [](const SloAnswer& a, const SloAnswer& b) { return rank_of(a.proto) < rank_of(b.proto); });
  }
  return ordered;
}

std::string why_unconfirmed(const SloAnswer& answer) {
  if (answer.runs < kMostSearchRuns) return "the search has not ended";
  return "not confirmed within " + std::to_string(kMostSearchRuns) + " runs";
}

}  // namespace mpb
