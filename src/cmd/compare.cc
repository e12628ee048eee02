#include "analysis/exact.hh"
#include "cmd/cmd.hh"
#include "output/terminal.hh"
#include "result/read.hh"
#include "sys/error.hh"
#include "sys/output.hh"

namespace mpb {

namespace {

struct CompareOptions {
  std::string a, b;
  bool exact = false;
};

int compare(const CompareOptions& o) {
  const Result a = read_result(o.a);
  const Result b = read_result(o.b);
  if (o.exact) {
    const ExactReport report = compare_exactly(a, o.a, b, o.b);
    print(report.text);
    return report.exit_code;
  }
  print(compare_text(analyse(a), o.a, analyse(b), o.b));
  return interruption(a).empty() && interruption(b).empty() ? kOk : kFailed;
}

}  // namespace

void add_compare(CLI::App& app, Action& action) {
  auto o = std::make_shared<CompareOptions>();
  CLI::App* sub = app.add_subcommand(
      "compare", "Two results: two kernels, two stores, two weeks: compare A.json B.json");
  sub->footer(
      "\nNames what differs between the two, then every figure and ratio that both have: B / A "
      "with its exact interval and a verdict. "
      "Results\n"
      "that did not measure the same (links, workload, congestion control) are refused, and the "
      "differences named.\n"
      "\n--exact is for virtual time, in which runs repeat to the nanosecond: it prints "
      "\"identical\", or the first difference of what was measured\n"
      "(run, field, row, both values). The seed and all options must be the same.\n"
      "Examples:\n"
      "  mptcp-bench compare results/linux-6.12.json results/linux-6.18.json\n"
      "  mptcp-bench compare --exact base.json patched.json\n"
      "\nExit codes: 0 compared, or identical; 3 --exact found a difference; 1 runs of an "
      "experiment are missing; 2 bad input.");
  sub->add_flag("--exact", o->exact,
                "Only whether the two measured the same to the last bit, and what differs first");
  sub->add_option("A", o->a, "The result to compare with")->required();
  sub->add_option("B", o->b, "The result in question")->required();
  sub->callback([&action, o] { action = [o] { return compare(*o); }; });
}

}  // namespace mpb
