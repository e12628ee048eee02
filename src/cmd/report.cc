#include <filesystem>
#include <set>

#include "cmd/cmd.hh"
#include "output/page/page.hh"
#include "result/read.hh"
#include "sys/error.hh"
#include "sys/file.hh"
#include "sys/output.hh"

namespace mpb {

namespace {

struct ReportOptions {
  std::vector<std::string> files;
  std::string output = "report.html";
};

int report(const ReportOptions& o) {
  check_writable(o.output);
  std::vector<NamedResult> results;
  std::set<std::string> names;
  for (const std::string& file : o.files) {
    const std::string stem = std::filesystem::path(file).stem().string();
    std::string name = stem;
    for (int i = 2; !names.insert(name).second; ++i) name = fmt::format("{} {}", stem, i);
    results.push_back({name, read_result(file)});
  }
  const PageParts parts = page_parts(results);
  if (!parts.without_charts.empty())
    say(fmt::format("{} has tables only: {}", o.output, parts.without_charts));
  replace_file(o.output, page(results, parts, fresh_nonce()));
  bool complete = true;
  for (std::size_t i = 0; i < results.size(); ++i) {
    const std::string missing = interruption(results[i].result);
    if (missing.empty()) continue;
    say(fmt::format("{}: {}", o.files[i], missing));
    complete = false;
  }
  return complete ? kOk : kFailed;
}

}  // namespace

void add_report(CLI::App& app, Action& action) {
  auto o = std::make_shared<ReportOptions>();
  CLI::App* sub = app.add_subcommand(
      "report", "Write results as one HTML page with tables and charts: report RESULT.json...");
  sub->footer(R"(
The page needs no network. Several results are drawn in the same charts.
Example:
  mptcp-bench report results/before.json results/after.json -o report.html)");
  sub->add_option("results", o->files, "Result files of mptcp-bench")
      ->required()
      ->type_name("FILE");
  sub->add_option("-o,--output", o->output, with_default("HTML file to write", o->output))
      ->type_name("FILE");
  sub->callback([&action, o] { action = [o] { return report(*o); }; });
}

}  // namespace mpb
