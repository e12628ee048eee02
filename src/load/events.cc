#include "load/events.hh"

#include <fcntl.h>
#include <fmt/format.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>

#include "result/read.hh"
#include "sys/error.hh"
#include "sys/fd.hh"
#include "sys/interrupt.hh"
#include "sys/json.hh"
#include "sys/lines.hh"

namespace mpb {

namespace {

constexpr std::string_view kOpen = "open ";
constexpr Nanos kLook = 20ms;         // for a signal
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

// to_json() of a report is JSON text already.
std::string to_line(const LoadReport& report) {
  return R"({"event":"outcome",)" + to_json(report).substr(1);
}

std::variant<LoadEvent, LoadReport> parse_line(std::string_view line) {
  try {
    const nlohmann::ordered_json json = parse_json(line, "");
    const auto& name = json.at("event").get_ref<const std::string&>();
    if (name == "outcome") return load_report_from(json);
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
    if (std::string_view(error.what()).starts_with(kOfReport)) throw;
  }
  throw BadInput(fmt::format("not an event of the load: {}", line.substr(0, 200)));
}

Nanos await_opening() {
  LineReader lines(Fd{check(fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0), "reading standard input")});
  std::optional<std::string> line;
  while (!(line = lines.next(kLook))) {
    stop_if_interrupted();
    if (lines.ended()) throw RunFailed("standard input ended before a line \"open NANOSECONDS\"");
  }
  const std::string_view digits =
      std::string_view(*line).substr(std::min(kOpen.size(), line->size()));
  std::int64_t count = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), count);
  if (!line->starts_with(kOpen) || error != std::errc() || end != digits.data() + digits.size()) {
    throw BadInput(
        fmt::format("standard input: \"{}\" is not the time to begin; write \"{}\" and "
                    "the nanoseconds of CLOCK_MONOTONIC",
                    line->substr(0, 100), kOpen));
  }
  const Nanos begin{count};
  for (Nanos t = now(); t < begin; t = now()) {
    stop_if_interrupted();
    const timespec wake = to_timespec(std::min(begin, t + kLook));
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &wake, nullptr);
  }
  return begin;
}

}  // namespace mpb
