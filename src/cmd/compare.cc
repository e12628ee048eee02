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
  std::vector<std::string> allowed;
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
  print(compare_text(analyse(a), o.a, analyse(b), o.b, o.allowed));
  return interruption(a).empty() && interruption(b).empty() ? kOk : kFailed;
}

}  // namespace

void add_compare(CLI::App& app, Action& action) {
  auto o = std::make_shared<CompareOptions>();
  CLI::App* sub = app.add_subcommand(
      "compare", "Compare two results, such as those of two kernels: compare A.json B.json");
  sub->footer(R"(
Lists the differences between the two, then every figure and ratio that both contain: B / A with its
exact interval and a verdict. The two may differ in kernel, store, set-up (--vary, sysctls,
congestion control) and the scenario's name. Results of different links or workloads are refused,
and the fields that differ are named; --allow accepts one of them.

--exact is for virtual time, where runs repeat to the nanosecond. It prints "identical", or the
first difference between the measurements (run, field, row, both values). The seed and all options
must be the same.
Examples:
  mptcp-bench compare results/linux-6.12.json results/linux-6.18.json
  mptcp-bench compare --allow workload/connections few.json many.json
  mptcp-bench compare --exact base.json patched.json

Exit codes: 0 compared, or identical; 3 --exact found a difference; 1 runs of an experiment are
missing; 2 bad input.)");
  sub->add_option("--allow", o->allowed,
                  "Compare although the two differ in this field, such as scenario/links; may be "
                  "repeated")
      ->allow_extra_args(false)
      ->type_name("FIELD");
  sub->add_flag("--exact", o->exact,
                "Only check whether the two are identical to the last bit, and print the first "
                "difference");
  sub->add_option("A", o->a, "Result file to compare with")->required()->type_name("FILE");
  sub->add_option("B", o->b, "Result file to judge")->required()->type_name("FILE");
  sub->callback([&action, o] { action = [o] { return compare(*o); }; });
}

}  // namespace mpb
