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

// The first of them that is set: what GitHub, GitLab and Jenkins call it.
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
    throw BadInput("--all: " + folder + ": " + (error ? error.message() : "is not a directory") +
                   "; name a folder to write to");
  }
}

// A history grows: what stands in the file is part of what is written.
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
    notes.missing.push_back(o.result + ": " + missing);
  for (const std::string& sentence : invalid_sentences(result))
    notes.left_out.push_back("left out: " + sentence);

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
    if (files.empty())
      throw RunFailed(o.result +
                      ": has no valid run, or none but the steps of a search, and without one "
                      "there is nothing in " +
                      o.format);
    if (files.size() > 1) {
      throw BadInput("--format " + o.format + ": " + o.result + " makes " +
                     std::to_string(files.size()) +
                     " files, one for every operation, size and protocol with a valid run; --all "
                     "DIR writes them");
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
      "Write a result as dashboards and CI systems read it: export RESULT.json --all DIR");
  sub->footer(
      "\nRuns that are not valid are left out, and named on stderr. results/README.md says which "
      "file is for whom.\n"
      "The exit code is 1 when no row could be added to a history, or when runs of the experiment "
      "are missing.\n"
      "Examples:\n"
      "  mptcp-bench export result.json --all public\n"
      "  mptcp-bench export result.json --format markdown >>\"$GITHUB_STEP_SUMMARY\"\n"
      "  mptcp-bench export result.json --format csv -o history.csv     adds a row");
  sub->add_option("result", o->result, "The result file of mptcp-bench")->required();
  sub->add_option("--format", o->format, "What to write")->check(CLI::IsMember(export_formats()));
  sub->add_option("-o,--output", o->output, "File to write, at once or not at all (stdout)");
  sub->add_option("--all", o->folder, "Folder to write every format to, each under its usual name");
  sub->callback([&action, o] { action = [o] { return run_export(*o); }; });
}

}  // namespace mpb
