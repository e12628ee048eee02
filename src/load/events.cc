#include "load/events.hh"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "result/read.hh"
#include "sys/error.hh"
#include "sys/json.hh"

namespace mpb {

namespace {

constexpr Nanos kMostElapsed = 100h;  // a window has at most 24 hours
constexpr std::array<std::string_view, 4> kNames{"ready", "measuring", "progress", "measured"};

}  // namespace

std::string to_line(const LoadEvent& event) {
  nlohmann::ordered_json json{{"event", kNames[static_cast<std::size_t>(event.kind)]}};
  if (event.kind != LoadEvent::Kind::kMeasuring) json["elapsed_s"] = seconds(event.elapsed);
  if (event.kind == LoadEvent::Kind::kMeasuring) json["opened_ns"] = event.opened.count();
  if (event.kind == LoadEvent::Kind::kProgress) json["requests"] = event.requests;
  return json.dump();
}

// to_json() of an outcome is JSON text already.
std::string to_line(const Outcome& outcome) {
  return R"({"event":"outcome","outcome":)" + to_json(outcome) + "}";
}

std::variant<LoadEvent, Outcome> parse_line(std::string_view line) {
  try {
    const nlohmann::ordered_json json = parse_json(line, "");
    const auto& name = json.at("event").get_ref<const std::string&>();
    if (name == "outcome") return outcome_from(json.at("outcome"));
    for (std::size_t i = 0; i < kNames.size(); ++i) {
      const double elapsed = json.value("elapsed_s", 0.0);
      if (name != kNames[i] || !(elapsed >= 0 && elapsed <= seconds(kMostElapsed))) continue;
      LoadEvent event{.kind = static_cast<LoadEvent::Kind>(i),
                      .elapsed = Nanos{std::llround(elapsed * 1e9)}};
      if (json.contains("opened_ns"))
        event.opened = Nanos{whole_number<std::int64_t>(json["opened_ns"])};
      if (json.contains("requests")) event.requests = whole_number<std::uint64_t>(json["requests"]);
      return event;
    }
  } catch (const nlohmann::ordered_json::exception&) {
  } catch (const BadInput& error) {
    if (std::string_view(error.what()).starts_with(kOfOutcome)) throw;
  }
  throw BadInput(fmt::format("not an event of the load: {}", line.substr(0, 200)));
}

}  // namespace mpb
