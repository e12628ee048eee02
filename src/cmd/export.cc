#include "output/export/export.hh"

#include <cstdlib>
#include <filesystem>

#include "analysis/runs.hh"
#include "cmd/cmd.hh"
#include "result/read.hh"
#include "sys/error.hh"
#include "sys/file.hh"
#include "sys/output.hh"

namespace mpb {

namespace {

namespace fs = std::filesystem;

struct ExportOptions {
  std::string result, format, output, folder;
};

// The value of the first of these variables that is set. GitHub, GitLab and Jenkins use other
// names.
std::string environment(std::initializer_list<const char*> names) {
  for (const char* name : names) {
    const char* value = std::getenv(name);
    if (value != nullptr && *value != '\0') return value;
  }
  return "";
}

void make_folder(const std::string& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error || !fs::is_directory(folder)) {
    throw BadInput(fmt::format("--all: {}: {}; name a folder to write to", folder,
                               error ? error.message() : "is not a directory"));
  }
}

// A history grows: its rows so far are part of the new file.
void read_history(ExportContext& context, const std::string& file) {
  context.history_file = file.empty() ? kHistoryName : file;
  if (!file.empty() && fs::exists(file)) context.history = read_file(file);
}

void write(const std::string& file, const std::string& text) {
  check_writable(file);
  replace_file(file, text);
}

int run_export(const ExportOptions& o) {
  if (o.format.empty() == o.folder.empty())
    throw BadInput("export: give --format FORMAT or --all DIR; see mptcp-bench export --help");
  if (!o.folder.empty() && !o.output.empty())
    throw BadInput("-o goes with --format; --all names its files itself");
  const Result result = read_result(o.result);
  const Analysis analysis = analyse(result);
  ExportContext context;
  context.commit = environment({"GITHUB_SHA", "CI_COMMIT_SHA", "GIT_COMMIT"});
  context.branch =
      environment({"GITHUB_HEAD_REF", "GITHUB_REF_NAME", "CI_COMMIT_REF_NAME", "GIT_BRANCH"});
  ExportNotes notes;
  if (const std::string missing = interruption(result); !missing.empty())
    notes.missing.push_back(fmt::format("{}: {}", o.result, missing));
  for (const std::string& sentence : invalid_sentences(result))
    notes.left_out.push_back(fmt::format("left out: {}", sentence));

  const std::size_t invalid = notes.left_out.size();
  if (!o.folder.empty()) {
    make_folder(o.folder);
    read_history(context, (fs::path(o.folder) / kHistoryName).string());
    for (const std::string& format : export_formats()) {
      for (const ExportFile& file : export_files(analysis, format, context, notes))
        write((fs::path(o.folder) / file.name).string(), file.text);
    }
  } else {
    if (o.format == "csv") read_history(context, o.output);
    const std::vector<ExportFile> files = export_files(analysis, o.format, context, notes);
    if (files.empty() && notes.left_out.size() > invalid) throw BadInput(notes.left_out.back());
    if (files.empty())
      throw RunFailed(fmt::format(
          "{}: has no valid run, apart from the steps of a search, so the format {} has "
          "nothing to contain",
          o.result, o.format));
    if (files.size() > 1) {
      throw BadInput(fmt::format(
          "--format {}: {} gives {} files, one for every operation, size and protocol with "
          "a valid run; --all DIR writes them",
          o.format, o.result, files.size()));
    }
    if (!o.output.empty()) {
      write(o.output, files.front().text);
    } else {
      print_data(files.front().text);
    }
  }
  for (const std::string& sentence : notes.left_out) say(sentence);
  for (const std::string& sentence : notes.missing) say(sentence);
  return notes.missing.empty() ? kOk : kFailed;
}

}  // namespace

void add_export(CLI::App& app, Action& action) {
  auto o = std::make_shared<ExportOptions>();
  CLI::App* sub = app.add_subcommand(
      "export",
      "Write a result in the formats of dashboards and CI systems: export RESULT.json --all DIR");
  sub->footer(R"(
Invalid runs are omitted, and reported on standard error. results/README.md lists the formats and
their readers. The exit code is 1 if no row could be added to a history, or if runs of the
experiment are missing.
Examples:
  mptcp-bench export result.json --all public
  mptcp-bench export result.json --format markdown >>"$GITHUB_STEP_SUMMARY"
  mptcp-bench export result.json --format csv -o history.csv     adds a row)");
  sub->add_option("result", o->result, "Result file of mptcp-bench")->required()->type_name("FILE");
  only(sub->add_option("--format", o->format, "Format to write"), export_formats());
  sub->add_option("-o,--output", o->output,
                  "File to write, completely or not at all (default: standard output)")
      ->type_name("FILE");
  sub->add_option("--all", o->folder,
                  "Folder for the files of every format, each under its usual name")
      ->type_name("DIR");
  sub->callback([&action, o] { action = [o] { return run_export(*o); }; });
}

}  // namespace mpb
