// JUnit XML, which every CI shows as a list of tests: of a result one case a run, which fails when
// the run is not a result, with the reasons; of gates one case each.
#include "analysis/slo.hh"
#include "analysis/text.hh"
#include "analysis/verdicts.hh"
#include "output/export/formats.hh"
#include "sys/escape.hh"

namespace mpb {

namespace {

std::string attribute(const char* name, const std::string& value) {
  return std::string(" ") + name + "=\"" + for_markup(value) + "\"";
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
  std::size_t failures = 0;
  std::size_t skipped = 0;
  std::string body;
  for (const auto& [name, value] : properties) {
    body += "      <property" + attribute("name", name) + attribute("value", value) + "/>\n";
  }
  if (!body.empty()) body = "    <properties>\n" + body + "    </properties>\n";
  for (const JunitCase& its : cases) {
    body += "    <testcase" + attribute("classname", suite) + attribute("name", its.name);
    if (its.seconds) body += attribute("time", number(*its.seconds));
    body += ">\n";
    if (its.outcome == JunitCase::kFail) {
      ++failures;
      body += "      <failure" + attribute("type", its.type) + attribute("message", its.message) +
              ">" + for_markup(its.text) + "</failure>\n";
    } else {
      if (its.outcome == JunitCase::kSkip) {
        ++skipped;
        body += "      <skipped" + attribute("message", its.message) + "/>\n";
      }
      body += "      <system-out>" + for_markup(its.text) + "</system-out>\n";
    }
    body += "    </testcase>\n";
  }
  const std::string counts = attribute("tests", std::to_string(cases.size())) +
                             attribute("failures", std::to_string(failures)) +
                             attribute("errors", "0") +
                             attribute("skipped", std::to_string(skipped));
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n  <testsuite" +
         attribute("name", suite) + counts + attribute("timestamp", result.started) + ">\n" + body +
         "  </testsuite>\n</testsuites>\n";
}

namespace {

// "two-lossy-links/get_4k/runs/mptcp", as figures are named.
std::string group_name(const Result& result, const RunGroup& group) {
  return scenario_name(result) + "/" + cell_name(result, group) + "/runs/" +
         variant_name(result, group);
}

bool is_of_events(const Metric& metric) {
  return &metric == find_metric("longest_stall") || &metric == find_metric("first_success");
}

// What is known of several runs: how many of them are valid, the ratios, and what a scenario of
// events is about.
JunitProperties properties_of(const Analysis& analysis) {
  JunitProperties properties;
  for (const RunGroup& group : analysis.groups) {
    properties.emplace_back(group_name(analysis.result, group),
                            std::to_string(group.valid.size()) + " of " +
                                std::to_string(runs_made(analysis.result, group)) +
                                " runs are valid");
  }
  for (const Figure& figure : analysis.figures) {
    if (!figure.comparison && !is_of_events(*figure.metric)) continue;
    const std::string interval = figure.interval
                                     ? " (95 %: " + value_text(figure, figure.interval->low) +
                                           " to " + value_text(figure, figure.interval->high) + ")"
                                     : "";
    const std::string of = count_of(figure.values.size(), figure.made);
    std::string text = value_text(figure, figure.value) + interval + " of " + of;
    if (figure.comparison)
      text += " blocks: " + verdict_text(figure.judgement, figure.untold);
    else
      text += " runs";
    properties.emplace_back(figure.name, text);
  }
  return properties;
}

std::string skipped_because(const SloAnswer& answer) {
  if (!answer.ended) return "the search has not ended";
  if (answer.runs == 0) return "no run was made";
  if (answer.held_rps) return "no rate failed";
  return answer.failed_rps ? "no rate held" : "no run was valid";
}

std::string junit_text(const Analysis& analysis) {
  const Result& result = analysis.result;
  std::vector<JunitCase> cases;
  for (const SloAnswer& answer : analysis.answers) {
    JunitCase its;
    its.name = "highest rate with " + to_text(result.slo->rule) + ", " + answer.op + " " +
               answer.values + " " + answer.proto;
    its.text = "no threshold was found\n";
    if (answer.rate) {
      const Interval& interval = answer.rate->interval;
      its.text = grouped(answer.rate->value) + " req/s, 95 %: " + grouped(interval.low) + " to " +
                 grouped(interval.high) + "\n";
    }
    if (answer.ratio) {
      const Interval& interval = answer.ratio->interval;
      its.text += (differs_from_base(answer) ? fixed(answer.ratio->value, 3) + " times "
                                             : "not distinguishable from ") +
                  answer.base + ", 95 % of the ratio: " + fixed(interval.low, 3) + " to " +
                  fixed(interval.high, 3) + "\n";
    }
    if (!answer.rate || !answer.ended) {
      its.outcome = JunitCase::kSkip;
      its.message = skipped_because(answer);
    }
    cases.push_back(std::move(its));
  }
  for (const Run& run : result.runs) {
    if (run.search) continue;  // a step on the way to an answer
    // The block is in the name: the same case from one experiment to the next.
    JunitCase its;
    its.name = contestant(run) + " " + cell_name(result, run) + ", block " +
               std::to_string(run.block + 1) + (run.valid() ? ": valid" : ": INVALID");
    its.seconds = seconds(run.outcome.duration);
    if (run.valid()) {
      its.text = "throughput: " + number(run.throughput_rps) +
                 " req/s\ngoodput: " + number(run.goodput_bps) + " bit/s\n";
      for (const auto& [quantile, q] : {std::pair("p50", 0.5), std::pair("p99", 0.99)}) {
        const Histogram& latency = headline_latency(run);
        if (run.saturated || !has_enough_samples(latency, q)) continue;
        its.text += std::string(quantile) + ": " +
                    number(static_cast<double>(latency.quantile(q).count()) / 1e6) + " ms\n";
      }
      for (const char* name : {"longest_stall", "first_success"}) {
        if (const std::optional<double> value = find_metric(name)->of(run))
          its.text += std::string(name) + ": " + number(*value / 1e6) + " ms\n";
      }
      if (run.saturated) its.text += "SATURATED: the offered rate was not reached\n";
      for (const std::string& note : run.notes) its.text += note + "\n";
    } else {
      its.outcome = JunitCase::kFail;
      its.type = "invalid";
      its.message = run.invalid_reasons.front();
      for (const std::string& reason : run.invalid_reasons) its.text += reason + "\n";
    }
    cases.push_back(std::move(its));
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
