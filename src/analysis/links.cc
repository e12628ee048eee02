#include "analysis/links.hh"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <vector>

#include "result/protocol.hh"
#include "sys/error.hh"
#include "sys/numbers.hh"
#include "sys/units.hh"

namespace mpb {

namespace {

// Quantities are texts like "5ms", "0%" or "1p", the mean length of a loss that is not a burst.
bool is_none(const std::string& name, const std::string& text) {
  const double value = std::strtod(text.c_str(), nullptr);
  return name == "burst" ? value <= 1 : value == 0;
}

std::string direction_text(const Settings& direction, const std::optional<TraceRecord>& trace) {
  const auto mbit = [](double bps) { return fixed(bps / 1e6, 1); };
  std::vector<std::string> parts;
  for (const auto& [name, text] : direction) {
    if (name == "trace" && trace) {
      parts.push_back(fmt::format("trace {} ({} Mbit/s, {} to {} in a tenth of a second)", text,
                                  mbit(trace->mean_bps), mbit(trace->least_bps),
                                  mbit(trace->most_bps)));
      if (trace->most_delay)
        parts.push_back(fmt::format("delay {} to {}", to_text(*trace->least_delay),
                                    to_text(*trace->most_delay)));
    } else if (!is_none(name, text)) {
      parts.push_back(name + " " + text);
    } else if (name == "rate" || name == "queue") {
      parts.push_back(fmt::format("no {} limit", name));
    }
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

void set_quantity(Settings& direction, const std::string& name, const std::string& value) {
  const auto found = std::find_if(direction.begin(), direction.end(),
                                  [&name](const auto& setting) { return setting.first == name; });
  if (found == direction.end()) {
    direction.emplace_back(name, value);
  } else {
    found->second = value;
  }
}

}  // namespace

std::vector<LinkRecord> links_under(const Result& result, const Settings& conditions) {
  std::vector<LinkRecord> links = result.scenario.links;
  for (const auto& [variable, value] : conditions) {
    const std::optional<LinkProperty> property = link_property(variable);
    if (!property) continue;
    for (LinkRecord& link : links) {
      if (!property->is_of(link.name)) continue;
      set_quantity(link.up, property->name, value);
      set_quantity(link.down, property->name, value);
    }
  }
  return links;
}

std::vector<LinkCapacity> capacities_under(const Result& result, const Settings& conditions) {
  std::vector<LinkCapacity> capacities = result.capacities;
  for (const auto& [variable, value] : conditions) {
    const std::optional<LinkProperty> property = link_property(variable);
    if (!property) continue;
    for (LinkCapacity& link : capacities) {
      if (!property->is_of(link.name)) continue;
      if (property->name == "rate")
        link.up_bps = link.down_bps = static_cast<double>(parse_rate(value).count);
      if (property->name == "flow_rate")
        link.up_flow_bps = link.down_flow_bps = static_cast<double>(parse_rate(value).count);
      if (property->name == "mtu") link.mtu_bytes = static_cast<double>(parse_size(value).count);
    }
  }
  return capacities;
}

double flows_on_link(const Result& result, const Run& run, std::size_t index) {
  const std::size_t links = result.scenario.per_client(result.capacities.size());
  const double connections = static_cast<double>(run.connections) /
                             static_cast<double>(result.scenario.clients.value_or(1));
  if (!uses_all_links(run.proto)) return connections;
  if (run.mptcp.connections > 0) {
    const auto subflows = static_cast<std::size_t>(std::max(1, run.mptcp.subflows_max));
    const std::size_t of_link = subflows / links + (index < subflows % links ? 1 : 0);
    return connections * static_cast<double>(of_link);
  }
  // tcp-split divides its connections in proportion to the rates.
  double all = 0;
  const std::vector<LinkCapacity> capacities = capacities_under(result, run.conditions);
  for (std::size_t i = 0; i < links; ++i) all += capacities[i].down_bps;
  const double share = all > 0 ? capacities[index].down_bps / all : 1 / static_cast<double>(links);
  return connections * share;
}

std::optional<Nanos> round_trip_of(const LinkRecord& link) {
  for (const auto& trace : {link.up_trace, link.down_trace}) {
    if (trace && trace->most_delay) return std::nullopt;
  }
  Nanos sum{0};
  for (const Settings* direction : {&link.up, &link.down}) {
    for (const auto& [name, text] : *direction) {
      if (name != "delay") continue;
      try {
        sum += parse_duration(text);
      } catch (const BadInput&) {
        return std::nullopt;
      }
    }
  }
  return sum;
}

std::string round_trips(const std::vector<LinkRecord>& links) {
  std::vector<std::string> times, named;
  Nanos longest{};
  for (const LinkRecord& link : links) {
    const std::optional<Nanos> time = round_trip_of(link);
    if (!time) return "";
    longest = std::max(longest, *time);
    times.push_back(to_text(*time));
    named.push_back(fmt::format("{} {}", link.name, times.back()));
  }
  if (longest == 0ns) return "";
  const bool equal = std::count(times.begin(), times.end(), times.front()) == std::ssize(times);
  return equal ? times.front() : fmt::format("{}", fmt::join(named, ", "));
}

std::string link_description(const LinkRecord& link) {
  const std::string up = direction_text(link.up, link.up_trace);
  const std::string down = direction_text(link.down, link.down_trace);
  const std::optional<Nanos> trip = round_trip_of(link);
  return fmt::format("{}{}{}",
                     link.up == link.down ? fmt::format("both ways {}", up)
                                          : fmt::format("up {}; down {}", up, down),
                     trip ? fmt::format("; round trip {}", to_text(*trip)) : "",
                     link.backup ? "; backup" : "");
}

}  // namespace mpb
