#include "scenario/scenario.hh"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "scenario/clients.hh"
#include "scenario/traces.hh"
#include "sys/error.hh"
#include "sys/file.hh"
#include "sys/json.hh"

namespace mpb {

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr std::size_t kMostLinks = 8;
// Each event is a segment of every run, and a word in the command line of the load generator.
constexpr std::size_t kMostEvents = 1000;
constexpr int kMostSubflowsPerLink = 65;  // of a connection, from Linux 7.2
// An interface name has up to 15 characters, and the router's are called NAME-c, NAME-s and so on.
constexpr std::size_t kLongestName = 13;

using Names = std::vector<std::string>;

// The order matters: if two names are equally near to a misspelt one, the first is suggested.
Names concat(Names names, const Names& more, const Names& last = {}) {
  names.insert(names.end(), more.begin(), more.end());
  names.insert(names.end(), last.begin(), last.end());
  return names;
}

std::string state_text(LinkEvent::State state) {
  return state == LinkEvent::State::kUp     ? "up"
         : state == LinkEvent::State::kDown ? "down"
                                            : "unplugged";
}

[[noreturn]] void refuse(const std::string& path, const std::string& pointer,
                         const std::string& why) {
  throw BadInput(fmt::format("{}: {}: {}", path, pointer, why));
}

void known_fields_only(const Json& object, const Names& known, const std::string& path,
                       const std::string& pointer) {
  if (!object.is_object()) refuse(path, pointer.empty() ? "/" : pointer, "is not an object {…}");
  for (const auto& [key, value] : object.items()) {
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    const std::string near = nearest(key, known.data(), known.data() + known.size());
    if (!near.empty()) {
      refuse(path, pointer + "/" + key, fmt::format("unknown field; did you mean \"{}\"?", near));
    }
    refuse(path, pointer + "/" + key,
           fmt::format("unknown field; the fields are {}", fmt::join(known, ", ")));
  }
}

// The fields under "up" and "down".
void check_direction(const Json& direction, const std::string& path, const std::string& pointer) {
  Names known;
  for (const LinkField& field : link_fields()) {
    if (!field.of_both_ways) {
      known.emplace_back(field.name);
    } else if (direction.is_object() && direction.contains(field.name)) {
      refuse(path, pointer + "/" + field.name,
             fmt::format("both directions of a link have the same {}; write it next to \"name\"",
                         field.name));
    }
  }
  known_fields_only(direction, known, path, pointer);
}

void check_name(const Json& link, std::set<std::string>& names, const std::string& path,
                const std::string& pointer) {
  if (!link.contains("name") || !link["name"].is_string())
    refuse(path, pointer + "/name", "missing; name the link, for example \"name\": \"link1\"");
  const std::string name = link["name"];
  const bool plain =
      !name.empty() && name.size() <= kLongestName && name != "lo" &&
      name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789") == std::string::npos;
  if (!plain) {
    refuse(path, pointer + "/name",
           fmt::format("\"{}\" cannot name an interface; use 1 to {} of the characters a-z and 0-9",
                       name, kLongestName));
  }
  if (!names.insert(name).second) {
    refuse(path, pointer + "/name",
           fmt::format("\"{}\" names two links; give each its own name", name));
  }
}

void read_field(const LinkField& field, const Json& object, LinkModel& model,
                const std::string& path, const std::string& pointer) {
  try {
    field.read(model, quantity_text(object[field.name]));
  } catch (const BadInput& error) {
    refuse(path, pointer + "/" + field.name, error.what());
  }
}

// The model of one direction: the fields of the link, overridden by those under "up" or "down".
LinkModel direction_of(const Json& link, const char* direction, const std::string& path,
                       const std::string& pointer) {
  LinkModel model;
  for (const LinkField& field : link_fields()) {
    if (link.contains(direction) && link[direction].contains(field.name)) {
      read_field(field, link[direction], model, path, pointer + "/" + direction);
    } else if (link.contains(field.name)) {
      read_field(field, link, model, path, pointer);
    }
  }
  return model;
}

void check_flow_queue(const LinkSpec& link, const std::string& path, const std::string& pointer) {
  const auto has_queue = [](const LinkModel& model) { return model.flow_queue != QueueLimit{}; };
  if (has_flow_cap(link) || (!has_queue(link.up) && !has_queue(link.down))) return;
  refuse(path, pointer + "/flow_queue",
         "does nothing without a flow_rate, the rate to which each flow is held; add one, or leave "
         "it out");
}

void read_backup(const Json& link, std::size_t index, Scenario& scenario, const std::string& path,
                 const std::string& pointer) {
  if (!link.contains("backup")) return;
  if (!link["backup"].is_boolean())
    refuse(path, pointer + "/backup", link["backup"].dump() + " is neither true nor false");
  if (!link["backup"].get<bool>()) return;
  // Only an MP_JOIN carries the flag. For the first subflow, a kernel (from 6.0) can send an
  // MP_PRIO, but only after the first requests have used this subflow.
  if (index == 0)
    refuse(path, pointer + "/backup",
           "connections start on the first link, so it cannot be a backup; put another link first");
  scenario.backups.insert(index);
}

// "rate, delay or loss"
std::string alternatives(const Names& names) {
  std::string text = names[0];
  for (std::size_t i = 1; i < names.size(); ++i)
    text += (i + 1 < names.size() ? ", " : " or ") + names[i];
  return text;
}

std::string word_of(const Json& event, const char* field, const std::string& path,
                    const std::string& pointer) {
  const Json& value = event[field];
  if (!value.is_string())
    refuse(path, pointer + "/" + field,
           fmt::format("{} is not text; write it in quotes", value.dump()));
  return value;
}

// The index of the field's value among `words`. The error suggests the nearest word, or lists all.
std::size_t choice(const Json& event, const char* field, const Names& words,
                   const std::string& path, const std::string& pointer) {
  const std::string word = word_of(event, field, path, pointer);
  const auto found = std::find(words.begin(), words.end(), word);
  if (found != words.end()) return static_cast<std::size_t>(found - words.begin());
  const std::string near = nearest(word, words.data(), words.data() + words.size());
  const std::string remedy = near.empty() ? fmt::format("write {}", alternatives(words))
                                          : fmt::format("did you mean \"{}\"?", near);
  refuse(path, pointer + "/" + field, fmt::format("unknown {} \"{}\"; {}", field, word, remedy));
}

Nanos time_of(const Json& event, const std::string& path, const std::string& pointer) {
  if (!event.contains("at")) {
    refuse(path, pointer + "/at",
           "missing; give the time since the start of the measured window, for example \"at\": "
           "\"3s\"");
  }
  Nanos at{0};
  try {
    at = parse_duration(quantity_text(event["at"]));
  } catch (const BadInput& error) {
    refuse(path, pointer + "/at", error.what());
  }
  if (at == Nanos{0}) {
    refuse(path, pointer + "/at",
           "is the start of the measured window; give a later time, or describe this state in "
           "the link itself");
  }
  return at;
}

LinkEvent event_from(const Json& json, const std::vector<LinkSpec>& links, const std::string& path,
                     const std::string& pointer) {
  known_fields_only(json, concat({"at", "link", "direction", "state"}, link_event_names()), path,
                    pointer);
  LinkEvent event;
  event.at = time_of(json, path, pointer);
  Names names;
  for (const LinkSpec& link : links) names.push_back(link.name);
  if (!json.contains("link")) {
    refuse(path, pointer + "/link",
           fmt::format("missing; name a link, for example \"link\": \"{}\"", names[0]));
  }
  event.link = choice(json, "link", names, path, pointer);
  if (json.contains("direction")) {
    event.direction =
        static_cast<Direction>(choice(json, "direction", {"up", "down"}, path, pointer));
  }
  if (json.contains("state")) {
    event.state = static_cast<LinkEvent::State>(
        choice(json, "state", {"up", "down", "unplugged"}, path, pointer));
  }
  if (event.state == LinkEvent::State::kUnplugged && event.direction) {
    refuse(path, pointer + "/direction",
           "an interface is always unplugged in both directions; omit the direction, or write "
           "\"state\": \"down\"");
  }
  for (const LinkField& field : link_fields()) {
    if (!field.in_events || !json.contains(field.name)) continue;
    read_field(field, json, event.values, path, pointer);
    event.changes.push_back(&field);
  }
  if (json.contains("rate") && event.values.rate.count == 0) {
    refuse(path, pointer + "/rate",
           "0 means no rate limit; for a link that carries nothing, write \"state\": \"down\"");
  }
  if (!event.state && event.changes.empty()) {
    refuse(path, pointer,
           fmt::format("changes nothing; give a {}",
                       alternatives(concat({"state"}, link_event_names()))));
  }
  return event;
}

void read_events(const Json& json, Scenario& scenario, const std::string& path) {
  if (!json.is_array()) refuse(path, "/events", "is not an array […]");
  if (json.size() > kMostEvents) {
    refuse(path, "/events", fmt::format("has {} events; use at most {}", json.size(), kMostEvents));
  }
  std::vector<LinkState> links;
  for (const LinkSpec& link : scenario.links) links.push_back({link});
  for (std::size_t i = 0; i < json.size(); ++i) {
    const std::string pointer = "/events/" + std::to_string(i);
    const LinkEvent event = event_from(json[i], scenario.links, path, pointer);
    if (i > 0 && event.at < scenario.events.back().at) {
      refuse(path, pointer + "/at",
             fmt::format("{} is before the event above it; put the events in order of time",
                         to_text(event.at)));
    }
    // An event without effect is a mistake, because readers of the result would look for its
    // effect.
    LinkState& link = links[event.link];
    if (changed(link, event) == link) {
      refuse(path, pointer,
             fmt::format("changes nothing: {} is already in this state{}", link.spec.name,
                         link.unplugged ? ", and unplugged" : ""));
    }
    link = changed(link, event);
    scenario.events.push_back(event);
  }
}

// An event cannot change a quantity that the trace of the link determines.
void check_events_of_traces(const Scenario& scenario, const std::string& path) {
  for (std::size_t i = 0; i < scenario.events.size(); ++i) {
    const LinkState after = changed({scenario.links[scenario.events[i].link]}, scenario.events[i]);
    for (const LinkModel* model : {&after.spec.up, &after.spec.down}) {
      if (const std::string conflict = trace_conflict(*model); !conflict.empty())
        refuse(path, fmt::format("/events/{}", i), conflict);
    }
  }
}

// Call after the links and endpoints have been read, and before everything that is for one client
// alone.
void read_clients(const Json& json, Scenario& scenario, const std::string& path) {
  if (!json.contains("clients")) return;
  const Json& count = json["clients"];
  const std::size_t links = scenario.links.size();
  const std::size_t most = kMostLinksOfAll / links;
  if (!count.is_number_integer() || count.get<std::int64_t>() < 1 ||
      count.get<std::int64_t>() > static_cast<std::int64_t>(most)) {
    refuse(path, "/clients",
           fmt::format("{} is not a number from 1 to {}; with {} link{} each, more clients would "
                       "have more than {} links together",
                       count.dump(), most, links, links == 1 ? "" : "s", kMostLinksOfAll));
  }
  const int clients = count.get<int>();
  if (clients == 1) return;
  for (std::size_t i = 0; i < links; ++i) {
    const std::string& name = scenario.links[i].name;
    const std::size_t suffix = name_of_client("", clients).size();
    if (name.size() + suffix <= kLongestName) continue;
    refuse(path, fmt::format("/links/{}/name", i),
           fmt::format("client {0} would call it \"{1}\", which is too long for an interface; use "
                       "at most {2} characters",
                       clients, name_of_client(name, clients), kLongestName - suffix));
  }
  if (scenario.endpoints && !suits_several_clients(*scenario.endpoints)) {
    refuse(path, "/endpoints",
           fmt::format("{} goes with one client; write subflow, backup or none, or leave out "
                       "\"clients\"",
                       to_text(*scenario.endpoints)));
  }
  for (const char* field : {"competing_flow", "events"}) {
    if (json.contains(field))
      refuse(path, fmt::format("/{}", field),
             "goes with one client; leave it out, or leave out \"clients\"");
  }
  add_clients(clients, scenario.links, scenario.backups);
  scenario.clients = clients;
}

void read_flows(const Json& json, Scenario& scenario, const std::string& path) {
  if (json.contains("subflows_per_link")) {
    const Json& count = json["subflows_per_link"];
    if (!count.is_number_integer() || count.get<std::int64_t>() < 1 ||
        count.get<std::int64_t>() > kMostSubflowsPerLink)
      refuse(path, "/subflows_per_link",
             fmt::format("{} is not a number from 1 to {}", count.dump(), kMostSubflowsPerLink));
    scenario.subflows_per_link = count.get<int>();
  }
  if (json.contains("competing_flow")) {
    Names names;
    for (const LinkSpec& link : scenario.links) names.push_back(link.name);
    scenario.competing_flow = choice(json, "competing_flow", names, path, "");
  }
}

void read_sysctls(const Json& json, Scenario& scenario, const std::string& path) {
  known_fields_only(json, {"client", "server", "router"}, path, "/sysctls");
  for (const auto& [role, values] : json.items()) {
    const Role where = role == "client"   ? Role::kClient
                       : role == "server" ? Role::kServer
                                          : Role::kRouter;
    const std::string pointer = "/sysctls/" + role;
    if (!values.is_object()) refuse(path, pointer, "is not an object {…}");
    for (const auto& [name, value] : values.items()) {
      if (name.rfind("net.", 0) != 0 || name.find('/') != std::string::npos ||
          name.find("..") != std::string::npos) {
        refuse(path, pointer + "/" + name, "only net.* settings belong to a namespace");
      }
      if (!value.is_string())
        refuse(path, pointer + "/" + name, "is not text; write it in quotes, for example \"0\"");
      scenario.sysctls[where][name] = value;
    }
  }
}

}  // namespace

std::string to_text(const LinkEvent& event, const Scenario& scenario) {
  std::vector<std::string> words;
  if (event.state) words.push_back(state_text(*event.state));
  for (const LinkField* field : event.changes)
    words.push_back(std::string(field->name) + " " + field->text(event.values));
  if (event.direction)
    words.push_back(event.direction == Direction::kUp ? "client to server" : "server to client");
  std::string text = scenario.links[event.link].name;
  for (std::size_t i = 0; i < words.size(); ++i) text += (i == 0 ? " " : ", ") + words[i];
  return text;
}

LinkTexts event_texts(const LinkEvent& event, const Scenario& scenario) {
  LinkTexts texts{{"at", to_text(event.at)}, {"link", scenario.links[event.link].name}};
  if (event.direction)
    texts.emplace_back("direction", event.direction == Direction::kUp ? "up" : "down");
  if (event.state) texts.emplace_back("state", state_text(*event.state));
  for (const LinkField* field : event.changes)
    texts.emplace_back(field->name, field->text(event.values));
  return texts;
}

LinkState changed(LinkState link, const LinkEvent& event) {
  for (const Direction direction : {Direction::kUp, Direction::kDown}) {
    if (event.direction && event.direction != direction) continue;
    LinkModel& model = direction == Direction::kUp ? link.spec.up : link.spec.down;
    for (const LinkField* field : event.changes) field->copy(model, event.values);
    if (event.state == LinkEvent::State::kUp) model.blackhole = false;
    if (event.state == LinkEvent::State::kDown) model.blackhole = true;
  }
  if (event.state == LinkEvent::State::kUnplugged) link.unplugged = true;
  if (event.state == LinkEvent::State::kUp && !event.direction) link.unplugged = false;
  return link;
}

Scenario scenario_from_json(const std::string& text, const std::string& path) {
  const Json json = parse_json(text, path);
  known_fields_only(json,
                    {"description", "clients", "links", "endpoints", "subflows_per_link",
                     "competing_flow", "events", "sysctls"},
                    path, "");
  Scenario scenario;
  scenario.name = fs::path(path).stem().string();
  if (json.contains("description")) {
    if (!json["description"].is_string())
      refuse(path, "/description", "is not text; write it in quotes");
    scenario.description = json["description"];
  }
  if (!json.contains("links") || !json["links"].is_array() || json["links"].empty()) {
    refuse(path, "/links", "missing or empty; describe at least one link (see netns/README.md)");
  }
  const Json& links = json["links"];
  if (links.size() > kMostLinks) {
    refuse(path, "/links",
           fmt::format("has {} links; the kernel supports at most {}", links.size(), kMostLinks));
  }
  const Names known = concat({"name"}, link_field_names(), {"backup", "up", "down"});
  std::set<std::string> names;
  for (std::size_t i = 0; i < links.size(); ++i) {
    const std::string pointer = "/links/" + std::to_string(i);
    known_fields_only(links[i], known, path, pointer);
    check_name(links[i], names, path, pointer);
    read_backup(links[i], i, scenario, path, pointer);
    for (const char* direction : {"up", "down"}) {
      if (links[i].contains(direction))
        check_direction(links[i][direction], path, pointer + "/" + direction);
    }
  }
  for (std::size_t i = 0; i < links.size(); ++i) {
    const std::string pointer = "/links/" + std::to_string(i);
    scenario.links.push_back({links[i]["name"], direction_of(links[i], "up", path, pointer),
                              direction_of(links[i], "down", path, pointer)});
    check_flow_queue(scenario.links.back(), path, pointer);
  }
  if (json.contains("endpoints")) {
    const Names modes(kEndpointsNames.begin(), kEndpointsNames.end());
    scenario.endpoints = static_cast<Endpoints>(choice(json, "endpoints", modes, path, ""));
  }
  read_clients(json, scenario, path);
  read_flows(json, scenario, path);
  if (json.contains("events")) read_events(json["events"], scenario, path);
  if (json.contains("sysctls")) read_sysctls(json["sysctls"], scenario, path);
  check_traces(scenario.links, path);
  check_events_of_traces(scenario, path);
  return scenario;
}

bool has_plain_links(const Scenario& scenario) {
  return scenario.events.empty() &&
         std::all_of(scenario.links.begin(), scenario.links.end(), [](const LinkSpec& link) {
           const LinkModel plain{.mtu = link.up.mtu};
           return link.up == plain && link.down == plain;
         });
}

bool has_flow_cap(const Scenario& scenario) {
  return std::any_of(scenario.links.begin(), scenario.links.end(),
                     [](const LinkSpec& link) { return has_flow_cap(link); });
}

const LinkSpec* link_without_rate(const Scenario& scenario) {
  for (const LinkSpec& link : scenario.links) {
    for (const LinkModel* model : {&link.up, &link.down}) {
      if (model->rate == BitsPerSecond{} && model->trace.file.empty()) return &link;
    }
  }
  return nullptr;
}

std::vector<std::string> data_names(const std::string& kind) {
  std::vector<std::string> names;
  for (const fs::directory_entry& entry : fs::directory_iterator(data_folder(kind))) {
    if (entry.path().extension() == ".json") names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string find_data_file(const std::string& kind, const std::string& noun,
                           const std::string& name_or_file) {
  if (name_or_file.find('/') != std::string::npos || fs::path(name_or_file).extension() == ".json")
    return name_or_file;
  const std::string path = data_folder(kind) + "/" + name_or_file + ".json";
  if (fs::exists(path)) return path;
  const std::vector<std::string> names = data_names(kind);
  const std::string near = nearest(name_or_file, names.data(), names.data() + names.size());
  if (!near.empty()) {
    throw BadInput(
        fmt::format("unknown {} \"{}\"; did you mean \"{}\"?", noun, name_or_file, near));
  }
  throw BadInput(fmt::format("unknown {} \"{}\"; choose one of {}, or give the path of a file",
                             noun, name_or_file, fmt::join(names, ", ")));
}

Scenario load_scenario(const std::string& name_or_file) {
  const std::string path = find_data_file("netns", "scenario", name_or_file);
  Scenario scenario = scenario_from_json(read_file(path, kLargestByHand), path);
  load_traces(scenario.links, path);
  check_events_of_traces(scenario, path);
  return scenario;
}

}  // namespace mpb
