#include "emu/link_fields.hh"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <string_view>

#include "emu/trace.hh"
#include "sys/error.hh"
#include "sys/numbers.hh"

namespace mpb {

namespace {

[[noreturn]] void refuse_outside(const std::string& text, const std::string& least,
                                 const std::string& most) {
  throw BadInput(fmt::format("\"{}\" is not between {} and {}", text, least, most));
}

BitsPerSecond parse_rate_within(const std::string& text, BitsPerSecond slowest,
                                BitsPerSecond fastest) {
  const BitsPerSecond rate = parse_rate(text);
  if (rate != BitsPerSecond{} && (rate < slowest || rate > fastest))
    refuse_outside(text, to_text(slowest), to_text(fastest));
  return rate;
}

BitsPerSecond parse_link_rate(const std::string& text) {
  return parse_rate_within(text, kLinkBounds.slowest, kLinkBounds.fastest);
}

BitsPerSecond parse_flow_rate(const std::string& text) {
  return parse_rate_within(text, kLinkBounds.slowest_flow, kLinkBounds.fastest_flow);
}

Nanos parse_delay(const std::string& text) {
  const Nanos delay = parse_duration(text);
  if (delay > kLinkBounds.delay) refuse_outside(text, "0s", to_text(kLinkBounds.delay));
  return delay;
}

// "4p": the unit is packets. A mean may be fractional.
double parse_packets(const std::string& text) {
  double packets = 0;
  const char* const unit = text.data() + text.size() - 1;
  const bool has_unit = text.ends_with('p');
  const auto [end, error] = std::from_chars(text.data(), has_unit ? unit : unit + 1, packets);
  if (!has_unit || error != std::errc{} || end != unit || !std::isfinite(packets) || packets < 0) {
    throw BadInput(fmt::format("\"{}\" is not a number of packets; write \"4p\"", text));
  }
  if (packets < 1 || packets > kLinkBounds.burst)
    refuse_outside(text, "1p", std::to_string(std::llround(kLinkBounds.burst)) + "p");
  return packets;
}

QueueLimit parse_queue(const std::string& text) {
  const QueueLimit& most = kLinkBounds.queue;
  if (!text.ends_with('p')) {
    const Bytes bytes = parse_size(text);
    if (bytes > most.bytes) refuse_outside(text, "0b", to_text(most.bytes));
    return {.bytes = bytes};
  }
  QueueLimit limit;
  const char* const unit = text.data() + text.size() - 1;
  const auto [end, error] = std::from_chars(text.data(), unit, limit.packets);
  if (error != std::errc{} || end != unit || limit.packets < 0) {
    throw BadInput(
        fmt::format("\"{}\" is not a queue limit; write \"1000p\" or \"1500000b\"", text));
  }
  if (limit.packets > most.packets) refuse_outside(text, "0p", std::to_string(most.packets) + "p");
  return limit;
}

Bytes parse_mtu(const std::string& text) {
  const Bytes mtu = parse_size(text);
  if (mtu < kLinkBounds.least_mtu || mtu > kLinkBounds.most_mtu)
    refuse_outside(text, to_text(kLinkBounds.least_mtu), to_text(kLinkBounds.most_mtu));
  return mtu;
}

// A path below the folder of the scenario, so that a scenario and its traces can be moved together.
std::string parse_trace(const std::string& text) {
  constexpr std::size_t kLongest = 200;
  const bool plain = text.find_first_not_of(
                         "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                         "0123456789._-+/") == std::string::npos;
  if (text.empty() || text.size() > kLongest || !plain || text.front() == '/' ||
      ("/" + text + "/").find("/../") != std::string::npos) {
    throw BadInput(fmt::format(
        "\"{}\" is not the name of a file below the folder of the scenario; write its path from "
        "there, such as \"traces/lte-like.trace\", with letters, digits and ._-+ alone",
        text.substr(0, kLongest)));
  }
  return text;
}

// Whether the trace of this direction determines the field.
bool is_of_trace(const LinkField& field, const LinkModel& model) {
  if (model.trace.file.empty()) return false;
  const std::string_view name = field.name;
  const Trace* const trace = model.trace.data.get();
  return name == "rate" || (trace != nullptr && ((name == "delay" && trace->has_delay()) ||
                                                 (name == "loss" && trace->has_loss())));
}

std::string queue_text(const QueueLimit& queue) {
  return queue.bytes.count > 0 ? to_text(queue.bytes) : std::to_string(queue.packets) + "p";
}

constexpr LinkField kFields[] = {
    {.name = "rate",
     .in_events = true,
     .always_written = true,
     .of_both_ways = false,
     .read = [](LinkModel& m, const std::string& text) { m.rate = parse_link_rate(text); },
     .text = [](const LinkModel& m) { return to_text(m.rate); },
     .copy = [](LinkModel& to, const LinkModel& from) { to.rate = from.rate; },
     .absent = "no rate limit"},
    {.name = "trace",
     .in_events = false,
     .always_written = false,
     .of_both_ways = false,
     .read = [](LinkModel& m, const std::string& text) { m.trace = {parse_trace(text)}; },
     .text = [](const LinkModel& m) { return m.trace.file; },
     .copy = [](LinkModel& to, const LinkModel& from) { to.trace = from.trace; },
     .absent = nullptr,
     .in_grid = false},
    {.name = "delay",
     .in_events = true,
     .always_written = true,
     .of_both_ways = false,
     .read = [](LinkModel& m, const std::string& text) { m.delay = parse_delay(text); },
     .text = [](const LinkModel& m) { return to_text(m.delay); },
     .copy = [](LinkModel& to, const LinkModel& from) { to.delay = from.delay; },
     .absent = "no delay"},
    {.name = "jitter",
     .in_events = true,
     .always_written = true,
     .of_both_ways = false,
     .read = [](LinkModel& m, const std::string& text) { m.jitter = parse_delay(text); },
     .text = [](const LinkModel& m) { return to_text(m.jitter); },
     .copy = [](LinkModel& to, const LinkModel& from) { to.jitter = from.jitter; },
     .absent = nullptr},
    {.name = "loss",
     .in_events = true,
     .always_written = true,
     .of_both_ways = false,
     .read = [](LinkModel& m, const std::string& text) { m.loss.mean = parse_percent(text); },
     .text = [](const LinkModel& m) { return percent_text(m.loss.mean); },
     .copy = [](LinkModel& to, const LinkModel& from) { to.loss.mean = from.loss.mean; },
     .absent = "no loss"},
    {.name = "burst",
     .in_events = true,
     .always_written = true,
     .of_both_ways = false,
     .read = [](LinkModel& m, const std::string& text) { m.loss.burst = parse_packets(text); },
     .text = [](const LinkModel& m) { return shortest(m.loss.burst) + "p"; },
     .copy = [](LinkModel& to, const LinkModel& from) { to.loss.burst = from.loss.burst; },
     .absent = nullptr},
    {.name = "queue",
     .in_events = false,
     .always_written = true,
     .of_both_ways = false,
     .read = [](LinkModel& m, const std::string& text) { m.queue = parse_queue(text); },
     .text = [](const LinkModel& m) { return queue_text(m.queue); },
     .copy = [](LinkModel& to, const LinkModel& from) { to.queue = from.queue; },
     .absent = "no queue limit"},
    {.name = "mtu",
     .in_events = false,
     .always_written = false,
     .of_both_ways = true,
     .read = [](LinkModel& m, const std::string& text) { m.mtu = parse_mtu(text); },
     .text = [](const LinkModel& m) { return to_text(m.mtu); },
     .copy = [](LinkModel& to, const LinkModel& from) { to.mtu = from.mtu; },
     .absent = nullptr},
    {.name = "flow_rate",
     .in_events = false,
     .always_written = false,
     .of_both_ways = false,
     .read = [](LinkModel& m, const std::string& text) { m.flow_rate = parse_flow_rate(text); },
     .text = [](const LinkModel& m) { return to_text(m.flow_rate); },
     .copy = [](LinkModel& to, const LinkModel& from) { to.flow_rate = from.flow_rate; },
     .absent = nullptr},
    {.name = "flow_queue",
     .in_events = false,
     .always_written = false,
     .of_both_ways = false,
     .read = [](LinkModel& m, const std::string& text) { m.flow_queue = parse_queue(text); },
     .text = [](const LinkModel& m) { return queue_text(m.flow_queue); },
     .copy = [](LinkModel& to, const LinkModel& from) { to.flow_queue = from.flow_queue; },
     .absent = nullptr},
};

}  // namespace

std::span<const LinkField> link_fields() { return kFields; }

LinkTexts link_texts(const LinkModel& model) {
  LinkTexts texts;
  for (const LinkField& field : kFields) {
    if (is_of_trace(field, model)) continue;
    std::string text = field.text(model);
    if (field.always_written || text != field.text({})) texts.emplace_back(field.name, text);
  }
  return texts;
}

std::string to_text(const LinkModel& model) {
  std::vector<std::string> words;
  for (const LinkField& field : kFields) {
    if (is_of_trace(field, model)) continue;
    const std::string text = field.text(model);
    if (text != field.text({})) {
      words.push_back(fmt::format("{} {}", field.name, text));
    } else if (field.absent != nullptr) {
      words.emplace_back(field.absent);
    }
  }
  return fmt::format("{}", fmt::join(words, ", "));
}

std::string to_text(const LinkSpec& link) {
  const std::string ways = link.up == link.down
                               ? fmt::format("each way: {}", to_text(link.up))
                               : fmt::format("client to server: {}; server to client: {}",
                                             to_text(link.up), to_text(link.down));
  const auto delay_varies = [](const LinkModel& model) {
    return model.trace.data && model.trace.data->has_delay();
  };
  const Nanos round_trip = link.up.delay + link.down.delay;
  const bool has_one = round_trip > 0ns && !delay_varies(link.up) && !delay_varies(link.down);
  const std::string rtt = has_one ? fmt::format("; RTT {}", to_text(round_trip)) : "";
  return fmt::format("{}, {}{}", link.name, ways, rtt);
}

std::vector<std::string> link_field_names() {
  std::vector<std::string> names;
  for (const LinkField& field : kFields) names.emplace_back(field.name);
  return names;
}

std::vector<std::string> link_grid_names() {
  std::vector<std::string> names;
  for (const LinkField& field : kFields) {
    if (field.in_grid) names.emplace_back(field.name);
  }
  return names;
}

std::string trace_conflict(const LinkModel& model) {
  for (const LinkField& field : kFields) {
    if (is_of_trace(field, model) && field.text(model) != field.text({}))
      return fmt::format("{} has the {} of this direction, so leave out \"{}\" here",
                         model.trace.file, field.name, field.name);
  }
  return "";
}

std::vector<std::string> link_event_names() {
  std::vector<std::string> names;
  for (const LinkField& field : kFields) {
    if (field.in_events) names.emplace_back(field.name);
  }
  return names;
}

}  // namespace mpb
