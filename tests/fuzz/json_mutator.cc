// Random bytes hardly ever make another JSON document of one: nearly every mutation would test the
// library's syntax errors. So half of them are made on the tree.
#include <array>
#include <nlohmann/json.hpp>
#include <random>
#include <vector>

#include "fuzz.hh"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t most);

namespace mpb {

namespace {

using Json = nlohmann::ordered_json;
using Luck = std::minstd_rand;

struct Place {
  Json* parent;  // null of the document
  Json* node;
};

void collect(Json& node, Json* parent, std::vector<Place>& all) {
  all.push_back({parent, &node});
  if (!node.is_structured()) return;
  for (Json& child : node) collect(child, &node, all);
}

Json extreme(Luck& luck) {
  static const std::array<Json, 24> values{nullptr,
                                           true,
                                           false,
                                           0,
                                           1,
                                           -1,
                                           0.5,
                                           1e-300,
                                           1e15,
                                           1e308,
                                           -1e308,
                                           2147483648LL,
                                           (1LL << 53) + 1,
                                           1LL << 62,
                                           INT64_MAX,
                                           INT64_MIN,
                                           UINT64_MAX,
                                           "",
                                           "\x1b]0;x\a\n",
                                           "é",
                                           "tcp-on-mptcp",
                                           "1e9s",
                                           Json::array(),
                                           Json::object()};
  return values[luck() % values.size()];
}

void mutate_scalar(Json& node, Luck& luck) {
  if (node.is_number_unsigned() && luck() % 2 == 0) {
    const auto value = node.get<std::uint64_t>();
    const std::array<std::uint64_t, 6> near{value + 1, value - 1,    value * 2,
                                            value / 2, value * 1000, ~value};
    node = near[luck() % near.size()];
  } else if (node.is_string() && luck() % 2 == 0) {
    std::string text = node.get<std::string>();
    const std::size_t size = text.size();
    text.resize(size + 8);
    text.resize(LLVMFuzzerMutate(reinterpret_cast<std::uint8_t*>(text.data()), size, text.size()));
    node = text;
  } else {
    node = extreme(luck);
  }
}

void mutate_tree(Json& document, Luck& luck) {
  std::vector<Place> all;
  collect(document, nullptr, all);
  const Place place = all[luck() % all.size()];
  const Json other = *all[luck() % all.size()].node;
  switch (luck() % 6) {
    case 0:  // it goes
      if (place.parent == nullptr || place.parent->empty()) break;
      if (place.parent->is_array()) place.parent->erase(luck() % place.parent->size());
      if (place.parent->is_object()) place.parent->erase(place.parent->begin());
      break;
    case 1:  // there are two
      if (place.parent != nullptr && place.parent->is_array()) {
        const Json twin = *place.node;
        place.parent->push_back(twin);
      }
      break;
    case 2:  // another's value
      *place.node = other;
      break;
    case 3:  // another's member
      if (place.node->is_object() && other.is_object()) place.node->update(other);
      break;
    default:
      if (!place.node->is_structured()) mutate_scalar(*place.node, luck);
  }
}

}  // namespace

std::size_t mutate_json(std::uint8_t* data, std::size_t size, std::size_t most, unsigned seed) {
  Luck luck(seed);
  if (luck() % 2 == 0) return LLVMFuzzerMutate(data, size, most);
  Json document = Json::parse(data, data + size, nullptr, false);
  if (document.is_discarded()) return LLVMFuzzerMutate(data, size, most);
  for (unsigned times = 1 + luck() % 4; times > 0; --times) mutate_tree(document, luck);
  const std::string text = document.dump(-1, ' ', false, Json::error_handler_t::replace);
  if (text.size() > most) return LLVMFuzzerMutate(data, size, most);
  std::copy(text.begin(), text.end(), data);
  return text.size();
}

}  // namespace mpb
