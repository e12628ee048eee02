#include "analysis/exact.hh"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>
#include <vector>

#include "analysis/compare.hh"
#include "result/json.hh"
#include "result/measured.hh"
#include "sys/error.hh"
#include "sys/escape.hh"
#include "sys/units.hh"

namespace mpb {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kTimeline = "timeline";
constexpr std::string_view kRequestsColumn = "timeline/series/requests";

std::string shown_value(const Json& json) {
  if (json.is_structured()) return "present";
  if (json.is_string()) return "\"" + json.get<std::string>() + "\"";
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

ExactDifference difference_at(const std::string& field, const Json* a, const Json* b) {
  const auto text = [](const Json* json) { return json ? shown_value(*json) : "absent"; };
  return {.field = field, .a = text(a), .b = text(b)};
}

// Fields of a run in the order of their origin: those that identify the run, those of the time
// before its window, those of the window's parts, and those of the whole window.
constexpr std::string_view kFirst[] = {"block",
                                       "order",
                                       "proto",
                                       "op",
                                       "values",
                                       "value_bytes",
                                       "connections",
                                       "threads",
                                       "pipeline",
                                       "arrivals",
                                       "rate_rps",
                                       "settings",
                                       "congestion",
                                       "conditions",
                                       "warmup_s",
                                       "search",
                                       "duration_s",
                                       "interrupted",
                                       "time_to_ready_ns",
                                       "connecting_ns",
                                       "mptcp_start",
                                       "timeline",
                                       "slices",
                                       "slice_p50_ns",
                                       "segments",
                                       "requests",
                                       "errors",
                                       "censored",
                                       "unsent",
                                       "latency_ns"};
// Fields that are computed from others, at any depth of a run.
constexpr std::string_view kLast[] = {"mean",        "p50",       "p90",
                                      "p99",         "p99_9",     "throughput_rps",
                                      "goodput_bps", "saturated", "invalid_reasons",
                                      "valid",       "notes"};

// The index of `name` in the list, or the length of the list.
template <std::size_t N>
std::size_t index_in(const std::string_view (&names)[N], const std::string& name) {
  return static_cast<std::size_t>(std::find(std::begin(names), std::end(names), name) -
                                  std::begin(names));
}

// The sort key of a field: smaller keys are compared earlier.
std::pair<std::size_t, std::size_t> place_of(const std::string& name, bool of_run) {
  const std::size_t last = index_in(kLast, name);
  if (last < std::size(kLast)) return {std::size(kFirst) + 1, last};
  return {of_run ? index_in(kFirst, name) : 0, 0};
}

// The members of both objects, in the order of comparison.
std::vector<std::string> member_names(const Json& a, const Json& b, bool of_run) {
  std::vector<std::string> names;
  for (const auto& [name, value] : a.items()) names.push_back(name);
  for (const auto& [name, value] : b.items()) {
    if (!a.contains(name)) names.push_back(name);
  }
  std::stable_sort(names.begin(), names.end(), [&](const std::string& x, const std::string& y) {
    return place_of(x, of_run) < place_of(y, of_run);
  });
  return names;
}

std::optional<ExactDifference> difference_in(const std::string& field, const Json& a,
                                             const Json& b);

std::string field_in(const std::string& field, const std::string& name) {
  return field.empty() ? name : field + "/" + name;
}

const Json* find_member(const Json& object, const std::string& name) {
  const auto found = object.find(name);
  return found == object.end() ? nullptr : &*found;
}

std::optional<ExactDifference> difference_of_members(const std::string& field, const Json& a,
                                                     const Json& b) {
  for (const std::string& name : member_names(a, b, field.empty())) {
    const Json *const in_a = find_member(a, name), *const in_b = find_member(b, name);
    const std::string its = field_in(field, name);
    if (in_a == nullptr || in_b == nullptr) return difference_at(its, in_a, in_b);
    if (auto found = difference_in(its, *in_a, *in_b)) return found;
  }
  return std::nullopt;
}

std::optional<ExactDifference> difference_of_items(const std::string& field, const Json& a,
                                                   const Json& b) {
  for (std::size_t i = 0; i < std::max(a.size(), b.size()); ++i) {
    const Json* const in_a = i < a.size() ? &a[i] : nullptr;
    const Json* const in_b = i < b.size() ? &b[i] : nullptr;
    if (in_a != nullptr && in_b != nullptr && *in_a == *in_b) continue;
    const bool is_list = (in_a != nullptr ? in_a : in_b)->is_structured();
    if (is_list && in_a != nullptr && in_b != nullptr)
      return difference_in(field_in(field, std::to_string(i)), *in_a, *in_b);
    ExactDifference found = difference_at(field, in_a, in_b);
    found.row = i;
    return found;
  }
  return std::nullopt;
}

// Whether two timelines have the same interval, or two traces belong to the same subflow: all plain
// values of `a` are equal in `b`.
bool have_equal_plain_values(const Json& a, const Json& b) {
  for (const auto& [name, value] : a.items()) {
    if (value.is_structured()) continue;
    if (const Json* const other = find_member(b, name); other == nullptr || *other != value)
      return false;
  }
  return true;
}

// Every column of a timeline has a row for each interval. Stores in `earliest` the first row in
// which any column differs. If several columns differ in that row, the one that counts requests
// wins.
void find_earliest_row(const std::string& field, const Json& a, const Json& b,
                       std::optional<ExactDifference>& earliest) {
  if (a == b) return;
  if (a.is_object() && b.is_object() && have_equal_plain_values(a, b)) {
    for (const auto& [name, value] : a.items()) {
      if (const Json* other = find_member(b, name))
        find_earliest_row(field_in(field, name), value, *other, earliest);
    }
  }
  if (!a.is_array() || !b.is_array()) return;
  if ((a.empty() ? b : a)[0].is_structured()) {
    for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
      find_earliest_row(field_in(field, std::to_string(i)), a[i], b[i], earliest);
    return;
  }
  const auto found = difference_of_items(field, a, b);
  if (!earliest || found->row < earliest->row ||
      (found->row == earliest->row && field == kRequestsColumn))
    earliest = found;
}

std::optional<ExactDifference> difference_of_timelines(const std::string& field, const Json& a,
                                                       const Json& b) {
  std::optional<ExactDifference> earliest;
  find_earliest_row(field, a, b, earliest);
  if (!earliest) return difference_of_members(field, a, b);
  const Json& ends = a.at("t_ns");
  if (*earliest->row < ends.size())
    earliest->row_end = Nanos{ends[*earliest->row].get<std::int64_t>()};
  return earliest;
}

std::optional<ExactDifference> difference_in(const std::string& field, const Json& a,
                                             const Json& b) {
  if (a.is_object() && b.is_object()) {
    return field == kTimeline ? difference_of_timelines(field, a, b)
                              : difference_of_members(field, a, b);
  }
  if (a.is_array() && b.is_array()) return difference_of_items(field, a, b);
  if (a == b) return std::nullopt;
  return difference_at(field, &a, &b);
}

// Compares the elements that both lists have, then the lengths. `length` is the name of the length.
template <class T, class Name>
std::optional<ExactDifference> difference_of_lists(const std::string& length,
                                                   const std::vector<T>& a, const std::vector<T>& b,
                                                   Name name) {
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    auto found = difference_in("", measured_part(json_of(a[i])), measured_part(json_of(b[i])));
    if (!found) continue;
    found->run = name(a[i], i);
    return found;
  }
  if (a.size() == b.size()) return std::nullopt;
  return ExactDifference{
      .run = length, .a = std::to_string(a.size()), .b = std::to_string(b.size())};
}

std::string run_name(const Run& run, std::size_t index) {
  return fmt::format("run {} (block {}, {} {} {}{})", index, run.block, run.proto, run.op,
                     run.values, conditions_text(run.conditions));
}

std::string difference_text(const ExactDifference& found) {
  std::string text = "differs: " + for_terminal(found.run);
  if (!found.field.empty()) text += ", " + for_terminal(found.field);
  if (found.row) text += fmt::format(", row {}", *found.row);
  if (found.row_end) text += ", which ends at " + to_text(*found.row_end);
  return fmt::format("{}\n  A: {}\n  B: {}\n", text, for_terminal(found.a), for_terminal(found.b));
}

std::size_t runs_that_differ(const Result& a, const Result& b) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < std::min(a.runs.size(), b.runs.size()); ++i)
    count += measured_part(json_of(a.runs[i])) != measured_part(json_of(b.runs[i])) ? 1 : 0;
  return count;
}

std::size_t invalid_runs(const Result& result) {
  return static_cast<std::size_t>(std::count_if(result.runs.begin(), result.runs.end(),
                                                [](const Run& run) { return !run.valid(); }));
}

void check_comparable(const Result& a, const std::string& name_a, const Result& b,
                      const std::string& name_b) {
  const std::vector<std::string> differing = differences_of_request(a, b);
  if (!differing.empty())
    refuse_comparison(name_a, name_b, differing, "measure both with the same options");
  for (const auto& [result, name] : {std::pair{&a, &name_a}, {&b, &name_b}}) {
    if (result->runs.empty())
      throw BadInput(fmt::format("{}: /runs: is empty: there is nothing to compare", *name));
    check_measured_sha256(*result, *name);
  }
}

}  // namespace

std::optional<ExactDifference> first_difference(const Result& a, const Result& b) {
  const auto numbered = [](const char* prefix) {
    return [prefix](const auto&, std::size_t i) { return prefix + std::to_string(i); };
  };
  auto found = difference_of_lists("number of capacity probes", a.probes, b.probes,
                                   numbered("capacity probe "));
  if (!found)
    found = difference_of_lists("number of pilots", a.pilots, b.pilots, numbered("pilot "));
  if (!found) found = difference_of_lists("number of runs", a.runs, b.runs, run_name);
  return found;
}

ExactReport compare_exactly(const Result& a, const std::string& name_a, const Result& b,
                            const std::string& name_b) {
  check_comparable(a, name_a, b, name_b);
  std::string missing;
  for (const auto& [which, result] : {std::pair{"A: ", &a}, {"B: ", &b}}) {
    if (const std::string its = interruption(*result); !its.empty())
      missing += fmt::format("{}{}\n", which, its);
  }
  auto found = first_difference(a, b);
  // An interrupted experiment has fewer runs, which is not a difference of the measurements.
  const bool only_shorter = found && found->field.empty() && !missing.empty();
  const std::size_t runs = std::min(a.runs.size(), b.runs.size());
  if (found && !only_shorter) {
    std::string text = difference_text(*found);
    if (const std::size_t differ = runs_that_differ(a, b); differ > 0)
      text += fmt::format("runs that differ: {} of {}\n", differ, runs);
    return {text + missing, kGateWorse};
  }
  std::string text = fmt::format("identical: {} {}", runs, runs == 1 ? "run" : "runs");
  if (const std::size_t invalid = std::min(invalid_runs(a), invalid_runs(b)); invalid > 0)
    text += fmt::format(", {} of them invalid", invalid);
  if (!only_shorter) text += ", measured_sha256 " + measured_sha256(a);
  return {fmt::format("{}\n{}", text, missing), missing.empty() ? kOk : kFailed};
}

}  // namespace mpb
