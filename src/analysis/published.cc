#include "analysis/published.hh"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "sys/error.hh"
#include "sys/file.hh"
#include "sys/json.hh"

namespace mpb {

namespace {

using Json = nlohmann::ordered_json;

std::int64_t size_at(const Json& document, const std::string& place) {
  try {
    return whole_number<std::int64_t>(document.at(Json::json_pointer(place)));
  } catch (const BadInput& error) {
    throw BadInput(fmt::format("{}: {}", place, error.what()));
  }
}

// Above 0, because our figure is divided by it.
double figure_at(const Json& document, const std::string& place) {
  const double figure = document.at(Json::json_pointer(place));
  if (figure > 0) return figure;
  throw BadInput(place + ": is not above 0");
}

}  // namespace

const PublishedFigure* Published::of(const Run& run) const {
  const auto found =
      std::find_if(figures.begin(), figures.end(), [&](const PublishedFigure& figure) {
        return !run.rate_rps && run.conditions.empty() && figure.op == run.op &&
               figure.value_bytes == run.value_bytes && figure.proto == run.proto;
      });
  return found == figures.end() ? nullptr : &*found;
}

std::optional<Published> published_for(const std::string& scenario) {
  if (scenario.empty() || scenario.find('/') != std::string::npos) return std::nullopt;
  std::filesystem::path file;
  try {
    file = std::filesystem::path(data_folder("results")) / "published" / (scenario + ".json");
  } catch (const BadInput&) {
    return std::nullopt;  // the program was copied without its data folders
  }
  if (!std::filesystem::exists(file)) return std::nullopt;
  return published_from_json(read_file(file, kLargestByHand), file.string());
}

Published published_from_json(std::string_view text, const std::string& file) {
  const Json json = parse_json(text, file);
  try {
    Published published;
    published.source = json.at("source");
    for (std::size_t i = 0; i < json.at("rows").size(); ++i) {
      const std::string row = "/rows/" + std::to_string(i);
      const std::string op = json.at(Json::json_pointer(row + "/op"));
      const std::int64_t value_bytes = size_at(json, row + "/value_bytes");
      for (const std::string proto : {"tcp", "mptcp"}) {
        const std::string its = row + "/" + proto;
        published.figures.push_back({op, value_bytes, proto, figure_at(json, its + "/rps"),
                                     figure_at(json, its + "/latency_ms")});
      }
    }
    return published;
  } catch (const Json::exception& error) {
    throw BadInput(fmt::format("{}: {}", file, error.what()));
  } catch (const BadInput& error) {
    throw BadInput(fmt::format("{}: {}", file, error.what()));
  }
}

}  // namespace mpb
