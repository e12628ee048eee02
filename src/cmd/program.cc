#include "cmd/program.hh"

#include <algorithm>
#include <sstream>
#include <vector>

#include "cmd/cmd.hh"
#include "sys/error.hh"
#include "sys/output.hh"

namespace mpb {

namespace {

// Of the command that was chosen, or else of the main command.
std::vector<std::string> names_of(const CLI::App& app) {
  std::vector<std::string> names;
  const std::vector<CLI::App*> chosen = app.get_subcommands();
  const CLI::App& its = chosen.empty() ? app : *chosen.front();
  for (const CLI::Option* option : its.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  for (const CLI::App* sub : its.get_subcommands({})) names.push_back(sub->get_name());
  return names;
}

}  // namespace

std::string text_of(const CLI::App& app, const CLI::ParseError& error) {
  std::vector<std::string> unknown = app.remaining(true);
  if (dynamic_cast<const CLI::ExtrasError*>(&error) == nullptr || unknown.empty())
    return error.what();
  const auto is_option = [](const std::string& word) { return word.rfind('-', 0) == 0; };
  const auto found = std::find_if(unknown.begin(), unknown.end(), is_option);
  const std::string& word = found == unknown.end() ? unknown.front() : *found;
  const std::string text = is_option(word) ? word + " is not an option"
                                           : in_quotes(word) + " is not a command or an option";
  if (word.ends_with(".json"))
    return text + "; the commands report, export, compare and gate read results";
  const std::vector<std::string> names = names_of(app);
  const std::string near = nearest(word, names.data(), names.data() + names.size());
  return near.empty() ? text : fmt::format("{}; did you mean {}", text, near);
}

int run_program(const CommandWords& words) {
  CLI::App app("Measure the effect of Multipath TCP on a key-value workload, compared with TCP.",
               "mptcp-bench");
  app.set_version_flag("--version", "mptcp-bench " MPB_VERSION);
  app.set_help_flag("--help", "Print this help and exit");
  app.require_subcommand(0, 1);
  Action action;
  add_bench(app, action, words);
  add_lab(app, action, words);
  add_export(app, action);
  add_report(app, action);
  add_compare(app, action);
  add_gate(app, action, words);
  add_doctor(app, action);
  add_list(app, action);
  add_load(app, action);
  add_serve(app, action);
  add_link(app, action);
  // CLI11 gives the examples of the main command to every subcommand without its own.
  for (CLI::App* sub : app.get_subcommands({})) {
    if (sub->get_footer() == app.get_footer()) sub->footer("");
  }
  try {
    // CLI11 takes the words in reverse order.
    std::vector<std::string> reversed(words.options.rbegin(), words.options.rend());
    app.parse(std::move(reversed));
  } catch (const CLI::Success& success) {
    std::ostringstream text;
    const int code = app.exit(success, text, text);  // --help, --version
    print(text.str());
    return code;
  } catch (const CLI::ParseError& error) {
    throw BadInput(fmt::format("{}; see mptcp-bench --help", text_of(app, error)));
  }
  return action();
}

}  // namespace mpb
