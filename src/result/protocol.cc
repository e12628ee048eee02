#include "result/protocol.hh"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace mpb {

namespace {

constexpr const char* kNoColour = "#8f8f8f";

bool is_again(std::string_view name) { return name.ends_with(kAgain); }

// The index of a protocol in the table; its size for an unknown one.
std::size_t place_of(std::string_view name) {
  if (is_again(name)) name.remove_suffix(kAgain.size());
  const auto place = std::find_if(kProtocols.begin(), kProtocols.end(),
                                  [name](const Protocol& p) { return p.name == name; });
  return static_cast<std::size_t>(place - kProtocols.begin());
}

}  // namespace

std::string protocol_names() {
  std::vector<std::string_view> names;
  for (const Protocol& p : kProtocols) names.push_back(p.name);
  return fmt::format("{}", fmt::join(names, ", "));
}

bool is_proto(const std::string& name) { return place_of(name) < kProtocols.size(); }

const Protocol& protocol(const std::string& name) { return kProtocols.at(place_of(name)); }

bool uses_all_links(const std::string& name) {
  const std::size_t place = place_of(name);
  return place < kProtocols.size() && kProtocols[place].uses_all_links;
}

std::string base_of(const std::string& name) {
  if (is_again(name)) return name.substr(0, name.size() - kAgain.size());
  return name == protocol(Proto::kTcp).name ? "" : std::string(protocol(Proto::kTcp).name);
}

std::size_t rank_of(const std::string& name) {
  return 2 * place_of(name) + (is_again(name) ? 1 : 0);
}

const char* colour_of(const std::string& name) {
  const std::size_t place = place_of(name);
  if (place == kProtocols.size()) return kNoColour;
  return is_again(name) ? kProtocols[place].paler : kProtocols[place].colour;
}

}  // namespace mpb
