#include "result/machine.hh"

#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>

#include "result/field_reader.hh"
#include "result/fields.hh"
#include "result/json.hh"
#include "sys/json.hh"

namespace mpb {

namespace {

void check_digest(const JsonField& digest) {
  constexpr std::size_t kDigits = 64;
  const auto text = digest.as<std::string>();
  if (text.size() != kDigits || text.find_first_not_of("0123456789abcdef") != std::string::npos)
    digest.refuse("is not a SHA-256 of 64 digits 0-9 and a-f");
}

}  // namespace

std::optional<MachineRecord> machine_of_environment() {
  const char* text = std::getenv(kMachineVariable);
  return text == nullptr ? std::nullopt : std::optional(machine_from(text));
}

MachineRecord machine_from(std::string_view text) {
  const std::string remedy = "let tests/vm/run.sh --uml set it, or unset it";
  const JsonSource source{kMachineVariable, remedy};
  const nlohmann::ordered_json json = parse_json(text, kMachineVariable, remedy);
  const JsonField document(json, source, "");
  MachineRecord machine;
  FieldReader reader(document);
  fields(reader, machine);
  check_machine(document);
  const nlohmann::ordered_json known = json_of(machine);
  for (const auto& [name, value] : document.members()) {
    if (!known.contains(name)) value.refuse("is not a field of a machine");
  }
  return machine;
}

void check_machine(const JsonField& machine) {
  for (const char* name : {"kernel_sha256", "config_sha256", "root_sha256"})
    check_digest(machine[name]);
}

}  // namespace mpb
