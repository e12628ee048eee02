#include "load/events.hh"

#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "sys/error.hh"

namespace mpb {

namespace {

constexpr std::array<std::string_view, 4> kNames{"ready", "measuring", "progress", "measured"};

}  // namespace

std::string to_line(const LoadEvent& event) {
  nlohmann::ordered_json json{{"event", kNames[static_cast<std::size_t>(event.kind)]}};
  if (event.kind != LoadEvent::Kind::kMeasuring) json["elapsed_s"] = seconds(event.elapsed);
  if (event.kind == LoadEvent::Kind::kMeasuring) json["opened_ns"] = event.opened.count();
  if (event.kind == LoadEvent::Kind::kProgress) json["requests"] = event.requests;
  return json.dump();
}

// The outcome is JSON already.
std::string to_line(const Outcome& outcome) { return R"({"event":"outcome","outcome":)" + to_json(outcome) + "}"; }

std::variant<LoadEvent, Outcome> parse_line(std::string_view line) {
  try {
    const auto json = nlohmann::json::parse(line);
    const auto& name = json.at("event").get_ref<const std::string&>();
    if (name == "outcome") return outcome_from_json(json.at("outcome").dump());
    for (std::size_t i = 0; i < kNames.size(); ++i) {
      if (name != kNames[i]) continue;
      return LoadEvent{static_cast<LoadEvent::Kind>(i), Nanos{std::llround(json.value("elapsed_s", 0.0) * 1e9)},
                       Nanos{json.value("opened_ns", std::int64_t{0})}, json.value("requests", std::uint64_t{0})};
    }
  } catch (const nlohmann::json::exception&) {
  }
  throw BadInput("not an event of the load: " + std::string(line.substr(0, 200)));
}

}  // namespace mpb
