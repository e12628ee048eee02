#include "result/result.hh"

#include <fmt/format.h>

#include <algorithm>

#include "result/protocol.hh"
#include "sys/error.hh"

namespace mpb {

std::string contestant(const Run& run) { return contestant_name(run.proto, run.variant); }

std::vector<Contestant> contestants_of(const Result& result) {
  if (!result.parameters.protos.empty())
    return contestants_of(result.parameters.protos, result.parameters);
  PlanParameters plan;
  std::vector<std::string> protos;
  const auto add_once = [](std::vector<std::string>& list, const std::string& word) {
    if (std::find(list.begin(), list.end(), word) == list.end()) list.push_back(word);
  };
  for (const Run& run : result.runs) {
    const bool again = run.proto.ends_with(kAgain);
    plan.again = plan.again || again;
    add_once(protos, again ? base_of(run.proto) : run.proto);
    for (const auto& [name, value] : run.variant) {
      const auto known = std::find_if(plan.vary.begin(), plan.vary.end(),
                                      [&name = name](const Variable& v) { return v.name == name; });
      if (known == plan.vary.end())
        plan.vary.push_back({name, {value}});
      else
        add_once(known->values, value);
    }
  }
  return contestants_of(protos, plan);
}

bool has_enough_samples(const Histogram& histogram, double q) {
  return static_cast<double>(histogram.count()) * (1 - q) >= 10;
}

const Histogram& headline_latency(const Run& run) {
  return run.rate_rps ? run.outcome.response : run.outcome.last_byte;
}

std::string interruption(const Result& result) {
  if (result.complete.value_or(true)) return "";
  const std::size_t made = result.runs.size();
  if (result.planned_runs)
    return fmt::format("interrupted: {} of {} runs", made, *result.planned_runs);
  return fmt::format("interrupted: {} {}, and more were planned", made, made == 1 ? "run" : "runs");
}

std::size_t looks_at(const Result& result, std::size_t least) {
  return 1 + static_cast<std::size_t>(std::count_if(
                 result.extended_from.begin(), result.extended_from.end(),
                 [least](int blocks) { return static_cast<std::size_t>(blocks) >= least; }));
}

int exit_code(const Result& result) {
  for (const Run& run : result.runs) {
    if (!run.valid()) return kFailed;
  }
  return kOk;
}

}  // namespace mpb
