#include "cmd/load_options.hh"

#include <limits>

#include "cmd/cmd.hh"

namespace mpb {

CLI::Option* add_load_option(CLI::App& app, const LoadField& field, const std::string& help,
                             LoadTexts& texts) {
  const std::string letter = field.letter;
  CLI::Option* const option =
      app.add_option((letter.empty() ? "" : letter + ",") + field.option, texts[field.name], help);
  option->type_name(field.value);
  if (field.kind != LoadField::Kind::kCount) return option;
  // check_parameters() refuses numbers that are too large, with a better message.
  constexpr auto kInt = static_cast<std::uint64_t>(std::numeric_limits<int>::max());
  constexpr auto kAny = std::numeric_limits<std::uint64_t>::max();
  const bool fits_int = field.most <= kInt;
  return option->check(whole_number(1, fits_int ? kInt : kAny));
}

}  // namespace mpb
