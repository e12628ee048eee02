#include <algorithm>
#include <string>
#include <vector>

#include "cmd/cmd.hh"
#include "sys/error.hh"

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
  const std::string text = is_option(word)
                               ? fmt::format("{} is not an option", word)
                               : fmt::format("{} is not a command or an option", in_quotes(word));
  if (word.ends_with(".json"))
    return fmt::format("{}; the commands report, export, compare and gate read results", text);
  const std::vector<std::string> names = names_of(app);
  const std::string near = nearest(word, names.data(), names.data() + names.size());
  return near.empty() ? text : fmt::format("{}; did you mean {}", text, near);
}

}  // namespace mpb
