// One case for each run, which fails if the run is invalid, and one for each threshold of a search.
#include "output/export/junit.hh"

#include <fmt/format.h>

#include <algorithm>

#include "analysis/figure_names.hh"
#include "analysis/slo.hh"
#include "analysis/text.hh"
#include "analysis/verdicts.hh"
#include "output/export/formats.hh"
#include "sys/escape.hh"

namespace mpb {

namespace {

std::string attribute(const char* name, const std::string& value) {
  return fmt::format(" {}=\"{}\"", name, for_markup(value));
}

std::string case_element(const JunitCase& its, const std::string& suite) {
  std::string text = "    <testcase" + attribute("classname", suite) + attribute("name", its.name);
  if (its.seconds) text += attribute("time", number(*its.seconds));
  text += ">\n";
  if (its.outcome == JunitCase::kFail) {
    text += fmt::format("      <failure{}{}>{}</failure>\n", attribute("type", its.type),
                        attribute("message", its.message), for_markup(its.text));
  } else {
    if (its.outcome == JunitCase::kSkip)
      text += fmt::format("      <skipped{}/>\n", attribute("message", its.message));
    text += fmt::format("      <system-out>{}</system-out>\n", for_markup(its.text));
  }
  return text + "    </testcase>\n";
}

}  // namespace

void add_interruption(const Result& result, JunitCase::Outcome outcome,
                      std::vector<JunitCase>& cases) {
  const std::string missing = interruption(result);
  if (missing.empty()) return;
  cases.push_back({"all runs were made", outcome, "interrupted", missing, missing + "\n", {}});
}

std::string junit_document(const Result& result, const std::string& suite,
                           const std::vector<JunitCase>& cases, const JunitProperties& properties) {
  const auto count = [&cases](JunitCase::Outcome outcome) {
    return std::to_string(std::count_if(cases.begin(), cases.end(), [outcome](const JunitCase& c) {
      return c.outcome == outcome;
    }));
  };
  std::string body;
  for (const auto& [name, value] : properties)
    body +=
        fmt::format("      <property{}{}/>\n", attribute("name", name), attribute("value", value));
  if (!body.empty()) body = "    <properties>\n" + body + "    </properties>\n";
  for (const JunitCase& its : cases) body += case_element(its, suite);
  const std::string counts = attribute("tests", std::to_string(cases.size())) +
                             attribute("failures", count(JunitCase::kFail)) +
                             attribute("errors", "0") +
                             attribute("skipped", count(JunitCase::kSkip));
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n  <testsuite{}{}{}>\n{}"
      "  </testsuite>\n</testsuites>\n",
      attribute("name", suite), counts, attribute("timestamp", result.started), body);
}

namespace {

bool is_of_events(const Metric& metric) {
  return &metric == find_metric("longest_stall") || &metric == find_metric("first_success");
}

// "two-lossy-links/get_4k/runs/mptcp", like the names of figures.
std::string group_name(const Result& result, const RunGroup& group) {
  return fmt::format("{}/{}/runs/{}", scenario_name(result), cell_name(result, group),
                     variant_name(result, group));
}

// "1.503x (95 %: 1.482x to 1.524x) of 6 blocks: better"
std::string figure_text(const Figure& figure) {
  const std::string value = value_text(figure, figure.value);
  const std::string count = count_of(figure.values.size(), figure.made);
  std::string interval;
  if (figure.interval)
    interval = fmt::format(" (95 %: {} to {})", value_text(figure, figure.interval->low),
                           value_text(figure, figure.interval->high));
  if (!figure.comparison) return fmt::format("{}{} of {} runs", value, interval, count);
  return fmt::format("{}{} of {} blocks: {}", value, interval, count,
                     verdict_text(figure.judgement, figure.too_short));
}

// Facts about several runs: the number of valid ones, the ratios, and where links change the waits.
JunitProperties properties_of(const Analysis& analysis) {
  JunitProperties properties;
  for (const RunGroup& group : analysis.groups) {
    properties.emplace_back(group_name(analysis.result, group),
                            fmt::format("{} of {} runs are valid", group.valid.size(),
                                        runs_made(analysis.result, group)));
  }
  for (const Figure& figure : analysis.figures) {
    if (figure.comparison || is_of_events(*figure.metric))
      properties.emplace_back(figure.name, figure_text(figure));
  }
  return properties;
}

std::string reason_to_skip(const SloAnswer& answer) {
  if (!answer.ended) return "the search has not ended";
  if (answer.runs == 0) return "no run was made";
  if (answer.held_rps) return "no rate failed";
  return answer.failed_rps ? "no rate held" : "no run was valid";
}

JunitCase search_case(const SloRule& rule, const SloAnswer& answer) {
  JunitCase its;
  its.name = fmt::format("highest rate with {}, {} {} {}", to_text(rule), answer.op, answer.values,
                         answer.proto);
  its.text = "no threshold was found\n";
  if (answer.rate) {
    const Interval& interval = answer.rate->interval;
    its.text = fmt::format("{} req/s, 95 %: {} to {}\n", format_count(answer.rate->value),
                           format_count(interval.low), format_count(interval.high));
  }
  if (answer.ratio) {
    const Interval& interval = answer.ratio->interval;
    its.text += fmt::format("{} {}, 95 % of the ratio: {} to {}\n",
                            differs_from_base(answer) ? fixed(answer.ratio->value, 3) + " times"
                                                      : "not distinguishable from",
                            answer.base, fixed(interval.low, 3), fixed(interval.high, 3));
  }
  if (!answer.rate || !answer.ended) {
    its.outcome = JunitCase::kSkip;
    its.message = reason_to_skip(answer);
  }
  return its;
}

std::string text_of_valid_run(const Run& run) {
  std::string text = fmt::format("throughput: {} req/s\ngoodput: {} bit/s\n",
                                 number(run.throughput_rps), number(run.goodput_bps));
  for (const auto& [quantile, q] : {std::pair("p50", 0.5), std::pair("p99", 0.99)}) {
    const Histogram& latency = headline_latency(run);
    if (run.saturated || !has_enough_samples(latency, q)) continue;
    text += fmt::format("{}: {} ms\n", quantile,
                        number(static_cast<double>(latency.quantile(q).count()) / 1e6));
  }
  for (const char* name : {"longest_stall", "first_success"}) {
    if (const std::optional<double> value = find_metric(name)->of(run))
      text += fmt::format("{}: {} ms\n", name, number(*value / 1e6));
  }
  if (run.saturated) text += "SATURATED: the offered rate was not reached\n";
  for (const std::string& note : run.notes) text += note + "\n";
  return text;
}

// Its name contains the block, so that it is the same from one experiment to the next.
JunitCase run_case(const Result& result, const Run& run) {
  JunitCase its;
  its.name = fmt::format("{} {}, block {}: {}", contestant(run), cell_name(result, run),
                         run.block + 1, run.valid() ? "valid" : "INVALID");
  its.seconds = seconds(run.outcome.duration);
  if (run.valid()) {
    its.text = text_of_valid_run(run);
    return its;
  }
  its.outcome = JunitCase::kFail;
  its.type = "invalid";
  its.message = run.invalid_reasons.front();
  for (const std::string& reason : run.invalid_reasons) its.text += reason + "\n";
  return its;
}

std::string junit_text(const Analysis& analysis) {
  const Result& result = analysis.result;
  std::vector<JunitCase> cases;
  for (const SloAnswer& answer : analysis.answers)
    cases.push_back(search_case(result.slo->rule, answer));
  for (const Run& run : result.runs) {
    if (!run.search) cases.push_back(run_case(result, run));  // a search has its answers instead
  }
  add_interruption(result, JunitCase::kFail, cases);
  return junit_document(result, "mptcp-bench." + scenario_name(result), cases,
                        properties_of(analysis));
}

}  // namespace

extern const ExportFormat kJunit{
    "junit",
    [](const Analysis& analysis, const ExportContext&, ExportNotes&) -> std::vector<ExportFile> {
      return {{"junit.xml", junit_text(analysis)}};
    }};

}  // namespace mpb
