#include "emu/control.hh"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <csignal>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>

#include "emu/link_fields.hh"
#include "sys/error.hh"
#include "sys/json.hh"
#include "sys/privileges.hh"

namespace mpb {

namespace {

using Json = nlohmann::ordered_json;

// Runs `fn`, and prefixes the message of a BadInput with the JSON pointer of the field.
template <class Fn>
auto at_field(const std::string& where, Fn fn) {
  try {
    return fn();
  } catch (const BadInput& error) {
    throw BadInput(fmt::format("{}: {}", where, error.what()));
  }
}

void refuse_unknown(const Json& object, const std::string& where,
                    const std::vector<std::string>& known) {
  if (!object.is_object())
    throw BadInput(fmt::format("{}: is not an object", where.empty() ? "/" : where));
  for (const auto& [key, value] : object.items()) {
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    const std::string near = nearest(key, known.data(), known.data() + known.size());
    if (near.empty()) throw BadInput(fmt::format("{}/{}: unknown field", where, key));
    throw BadInput(fmt::format("{}/{}: unknown field; did you mean \"{}\"?", where, key, near));
  }
}

LinkModel model_from(const Json& object, const std::string& where) {
  std::vector<std::string> known = link_field_names();
  known.emplace_back("blackhole");
  refuse_unknown(object, where, known);
  LinkModel model;
  for (const LinkField& field : link_fields()) {
    if (!object.contains(field.name)) continue;
    at_field(where + "/" + field.name,
             [&] { field.read(model, quantity_text(object[field.name])); });
  }
  if (const std::string conflict = trace_conflict(model); !conflict.empty())
    throw BadInput(fmt::format("{}: {}", where, conflict));
  if (object.contains("blackhole")) {
    const Json& value = object["blackhole"];
    if (!value.is_boolean()) {
      throw BadInput(
          fmt::format("{}/blackhole: {} is neither true nor false", where, value.dump()));
    }
    model.blackhole = value.get<bool>();
  }
  return model;
}

LinkSpec spec_from(const Json& object, const std::string& where) {
  refuse_unknown(object, where, {"name", "up", "down"});
  for (const char* key : {"name", "up", "down"}) {
    if (!object.contains(key)) throw BadInput(fmt::format("{}/{}: missing", where, key));
  }
  return {at_field(where + "/name", [&] { return quantity_text(object["name"]); }),
          model_from(object["up"], where + "/up"), model_from(object["down"], where + "/down")};
}

Json json_of(const LinkModel& m) {
  Json json;
  for (const auto& [name, text] : link_texts(m)) json[name] = text;
  // A temporary state, not a property of the link, so it is only written while it lasts.
  if (m.blackhole) json["blackhole"] = true;
  return json;
}

Json json_of(const LinkSpec& link) {
  return {{"name", link.name}, {"up", json_of(link.up)}, {"down", json_of(link.down)}};
}

Json json_of(const DirectionSnapshot& d) {
  Json json;
  DirectionSnapshot::each_field(d, [&](const char* name, auto value) { json[name] = value; });
  return json;
}

DirectionSnapshot direction_from(const Json& json) {
  DirectionSnapshot d;
  DirectionSnapshot::each_field(d, [&](const char* name, auto& value) {
    value = at_field(name, [&] {
      return whole_number<std::remove_reference_t<decltype(value)>>(json.at(name));
    });
  });
  return d;
}

Nanos nanos_at(const Json& json, const char* key) {
  return Nanos{at_field(key, [&] { return whole_number<std::int64_t>(json.at(key)); })};
}

// The clock of the model has 64 bits, of which a trace uses half at most.
Nanos time_from(std::string_view text) {
  constexpr std::int64_t kMost = std::int64_t{1} << 62;
  std::int64_t ns = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, ns);
  if (error != std::errc{} || rest != end || ns < 0 || ns > kMost)
    throw BadInput(fmt::format("\"{}\" is not a time in nanoseconds", text));
  return Nanos{ns};
}

Json json_of(const Snapshot& s) {
  Json links = Json::array();
  for (const LinkSnapshot& link : s.links) {
    links.push_back({{"name", link.name},
                     {"client_tx_bytes", link.client_tx_bytes()},
                     {"client_rx_bytes", link.client_rx_bytes()},
                     {"up", json_of(link.up)},
                     {"down", json_of(link.down)}});
  }
  const auto json_of_lateness = [](const LatenessSnapshot& l) {
    return Json{{"count", l.count},
                {"p50_ns", l.p50.count()},
                {"p99_ns", l.p99.count()},
                {"max_ns", l.max.count()}};
  };
  return Json{{"at_ns", s.at.count()},
              {"cpu_ns", s.cpu.count()},
              {"sched_fifo", s.sched_fifo},
              {"longest_gap_ns", s.longest_gap.count()},
              {"gaps_ns", s.gaps.count()},
              {"lateness", json_of_lateness(s.lateness)},
              {"read_delay", json_of_lateness(s.read_delay)},
              {"links", links}};
}

Snapshot snapshot_from(const Json& json) {
  const auto lateness_from = [](const Json& l) {
    return LatenessSnapshot{whole_number<std::uint64_t>(l.at("count")), nanos_at(l, "p50_ns"),
                            nanos_at(l, "p99_ns"), nanos_at(l, "max_ns")};
  };
  Snapshot s{.at = nanos_at(json, "at_ns"),
             .cpu = nanos_at(json, "cpu_ns"),
             .sched_fifo = json.at("sched_fifo").get<bool>(),
             .longest_gap = nanos_at(json, "longest_gap_ns"),
             .gaps = nanos_at(json, "gaps_ns")};
  s.lateness = lateness_from(json.at("lateness"));
  s.read_delay = lateness_from(json.at("read_delay"));
  for (const Json& link : json.at("links")) {
    s.links.push_back({link.at("name").get<std::string>(), direction_from(link.at("up")),
                       direction_from(link.at("down"))});
  }
  return s;
}

Json json_of(const CaptureReport& report) {
  const CaptureCount& count = report.count;
  return {{"packets", count.packets},           {"missed", count.missed},
          {"beyond_limit", count.beyond_limit}, {"clock_offset_ns", count.clock_offset.count()},
          {"write_error", count.error},         {"at_end", json_of(report.at_end)}};
}

CaptureReport capture_report_from(const Json& json) {
  const auto count_at = [&json](const char* key) {
    return at_field(key, [&] { return whole_number<std::uint64_t>(json.at(key)); });
  };
  return {
      {.packets = count_at("packets"),
       .missed = count_at("missed"),
       .beyond_limit = count_at("beyond_limit"),
       .clock_offset = nanos_at(json, "clock_offset_ns"),
       .error = at_field("write_error", [&] { return whole_number<int>(json.at("write_error")); })},
      snapshot_from(json.at("at_end"))};
}

// Parses an answer, and reads it with `read`.
template <class Read>
auto read_answer(std::string_view text, Read read) {
  const auto unreadable = [text](const std::exception& error) {
    return RunFailed(fmt::format("the link emulator's answer cannot be read ({}): {}", error.what(),
                                 text.substr(0, 80)));
  };
  try {
    const Json json = parse_json(text, "");
    if (json.contains("error")) {
      throw RunFailed(
          fmt::format("the link emulator reports: {}", json.at("error").get<std::string>()));
    }
    return read(json);
  } catch (const Json::exception& error) {
    throw unreadable(error);
  } catch (const BadInput& error) {
    throw unreadable(error);
  }
}

std::vector<LinkSpec> specs_of(const std::vector<LinkEnds>& links) {
  std::vector<LinkSpec> specs;
  for (const LinkEnds& link : links) specs.push_back(link.spec);
  return specs;
}

std::string error_json(std::string_view message) {
  return Json{{"error", message}}.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

std::vector<LinkSpec> links_from_json(std::string_view text) {
  const Json json = parse_json(text, "");
  if (!json.is_array() || json.empty()) throw BadInput("/: is not an array of links");
  std::vector<LinkSpec> links;
  std::set<std::string> names;
  for (std::size_t i = 0; i < json.size(); ++i) {
    const std::string where = "/" + std::to_string(i);
    links.push_back(spec_from(json[i], where));
    const std::string& name = links.back().name;
    if (!names.insert(name).second)
      throw BadInput(fmt::format("{}/name: \"{}\" is the name of another link", where, name));
  }
  return links;
}

std::string links_to_json(const std::vector<LinkSpec>& links) {
  Json json = Json::array();
  for (const LinkSpec& link : links) json.push_back(json_of(link));
  return json.dump();
}

std::string link_to_json(const LinkSpec& link) { return json_of(link).dump(); }

std::string to_json(const Snapshot& snapshot) { return json_of(snapshot).dump(); }

Snapshot snapshot_from_json(std::string_view text) { return read_answer(text, snapshot_from); }

std::string to_json(const CaptureReport& report) { return json_of(report).dump(); }

CaptureReport capture_report_from_json(std::string_view text) {
  return read_answer(text, capture_report_from);
}

std::string answer(Ferry& ferry, std::string_view command) {
  try {
    if (command == "snapshot") return to_json(ferry.snapshot());
    if (command == "reset-lateness") {
      ferry.reset_lateness();
      return "{}";
    }
    if (command == "end-capture") {
      const std::optional<CaptureReport> report = ferry.end_capture();
      return report ? to_json(*report) : error_json("there is no capture");
    }
    if (command.starts_with("set ")) {
      const LinkSpec spec = spec_from(parse_json(command.substr(4), ""), "");
      if (ferry.set(spec)) return "{}";
      return error_json(fmt::format("there is no link \"{}\"", spec.name));
    }
    if (command.starts_with("start-traces ")) {
      ferry.start_traces(time_from(command.substr(13)));
      return "{}";
    }
    return error_json(
        fmt::format("unknown command \"{}\"; write snapshot, reset-lateness, end-capture, set LINK "
                    "or start-traces NS",
                    command));
  } catch (const BadInput& error) {
    return error_json(error.what());
  }
}

int run_ferry(std::vector<LinkEnds> links, Seed seed, int control_in, int control_out, Fd capture) {
  // If the orchestrator has closed the pipe before it read its answer, the emulator has to end
  // normally, not by SIGPIPE.
  std::signal(SIGPIPE, SIG_IGN);
  std::unique_ptr<Capture> captured;
  if (capture) captured = std::make_unique<Capture>(std::move(capture), specs_of(links));
  FerryTuning tuning;
  tuning.on_set_up = [&captured] {
    // Opening the TUN devices needed CAP_NET_ADMIN, and SCHED_FIFO, which stays in effect, needed
    // CAP_SYS_NICE. Moving packets needs neither.
    if (!drop_privileges()) throw SysError("giving up privileges");
    if (captured) captured->start();
  };
  Ferry ferry(std::move(links), seed, std::move(tuning));
  ferry.set_capture(captured.get());
  std::string pending;
  ferry.on_readable(control_in, [&] {
    std::array<char, 4096> buffer;
    const ssize_t got = ::read(control_in, buffer.data(), buffer.size());
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) return ferry.stop();
    pending.append(buffer.data(), static_cast<std::size_t>(got));
    for (std::size_t end; (end = pending.find('\n')) != std::string::npos;
         pending.erase(0, end + 1)) {
      const std::string line = answer(ferry, std::string_view(pending).substr(0, end)) + '\n';
      // This blocks only if 64 KiB of answers are unread, which cannot happen with a reader that
      // waits for each answer.
      if (::write(control_out, line.data(), line.size()) != static_cast<ssize_t>(line.size()))
        return ferry.stop();
    }
  });
  ferry.run();
  return kOk;
}

}  // namespace mpb
