#include "analysis/withheld.hh"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "analysis/connections.hh"
#include "analysis/steadiness.hh"
#include "analysis/text.hh"

namespace mpb {

namespace {

constexpr double kMostInvalid = 0.2;         // of the runs of a protocol in a cell
constexpr Nanos kProbeRttInterval = 10s;     // BBR v1 and v3: min_rtt_win_sec, probe_rtt_interval
constexpr double kProbeRttDifference = 0.1;  // of the shares of connections

std::string name_of(const RunGroup& group) {
  return cell_of(*group.first, group.first->rate_rps.has_value()) + " with " +
         contestant(*group.first);
}

std::string invalid_sentence(const Result& result, const RunGroup& group) {
  const auto made = std::count_if(result.runs.begin(), result.runs.end(),
                                  [&](const Run& run) { return belongs_to(run, group); });
  const auto invalid = made - std::ssize(group.valid);
  if (static_cast<double>(invalid) <= kMostInvalid * static_cast<double>(made)) return "";
  return fmt::format(
      "{}: {} of {} runs are invalid, and the others are not a fair sample. No verdict; the "
      "reasons are listed with the runs",
      name_of(group), invalid, made);
}

std::string priority_sentence(const RunGroup& group, const RunGroup* base) {
  std::set<bool> priorities;
  for (const RunGroup* its : {&group, base}) {
    if (its == nullptr) continue;
    for (const Run* run : its->valid) {
      if (run->emulator && run->emulator->sched_fifo) priorities.insert(*run->emulator->sched_fifo);
    }
  }
  if (priorities.size() < 2) return "";
  return fmt::format(
      "{}: the emulator had real-time priority only in some of the runs. No verdict; make all runs "
      "as the same user",
      name_of(group));
}

std::string probe_rtt_sentence_of(const RunGroup& group, const RunGroup& base) {
  const std::optional<double> share = probe_rtt_share(group), its = probe_rtt_share(base);
  if (!share || !its || std::fabs(*share - *its) <= kProbeRttDifference) return "";
  const Nanos window = group.valid.front()->outcome.duration;
  if (window >= kProbeRttInterval) return "";
  return fmt::format(
      "{}: in a window of {}, {} of the connections were in bbr's PROBE_RTT, and with {} {}. No "
      "verdict; take --duration {}",
      name_of(group), to_text(window), percent(*share), contestant(*base.first), percent(*its),
      to_text(kProbeRttInterval));
}

}  // namespace

std::string why_withheld(const Result& result, const RunGroup& group, const RunGroup* base,
                         bool latency) {
  for (const RunGroup* its : {&group, base}) {
    if (its == nullptr) continue;
    if (std::string why = invalid_sentence(result, *its); !why.empty()) return why;
  }
  for (const RunGroup* its : {&group, base}) {
    if (its == nullptr) continue;
    if (std::string why = unsteady_sentence(result, *its); !why.empty()) return why;
    if (!latency) continue;
    if (std::string why = unsettled_latency_sentence(result, *its); !why.empty()) return why;
  }
  if (std::string why = priority_sentence(group, base); !why.empty()) return why;
  if (base == nullptr || group.valid.empty() || base->valid.empty()) return "";
  return probe_rtt_sentence_of(group, *base);
}

}  // namespace mpb
