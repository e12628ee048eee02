#include "lab/scenario.hh"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "sys/error.hh"
#include "sys/file.hh"
#include "sys/json.hh"

namespace mpb {

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr std::size_t kMostLinks = 8;
constexpr std::size_t kMostEvents =
    1000;  // each is a segment of every run, and a word of the load's command line
// An interface name has 15 characters, and the router's ends are called NAME-c and NAME-s.
constexpr std::size_t kLongestName = 13;

using Names = std::vector<std::string>;

// The order counts: of two names that are equally near to a misspelt one, the first is suggested.
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
                         const std::string& what) {
  throw BadInput(path + ": " + pointer + ": " + what);
}

void known_fields_only(const Json& object, const Names& known, const std::string& path,
                       const std::string& pointer) {
  if (!object.is_object()) refuse(path, pointer.empty() ? "/" : pointer, "is not an object {…}");
  for (const auto& [key, value] : object.items()) {
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    const std::string near = nearest(key, known.data(), known.data() + known.size());
    refuse(path, pointer + "/" + key,
           "unknown field" + (near.empty() ? "" : "; did you mean \"" + near + "\"?"));
  }
}

void check_name(const Json& link, std::set<std::string>& names, const std::string& path,
                const std::string& pointer) {
  if (!link.contains("name") || !link["name"].is_string())
    refuse(path, pointer + "/name", "missing; name the link, as \"name\": \"link1\"");
  const std::string name = link["name"];
  const bool plain =
      !name.empty() && name.size() <= kLongestName && name != "lo" &&
      name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789") == std::string::npos;
  if (!plain)
    refuse(path, pointer + "/name",
           "\"" + name + "\" cannot name an interface; use up to 13 of a-z and 0-9");
  if (!names.insert(name).second)
    refuse(path, pointer + "/name", "\"" + name + "\" names two links; give each its own name");
}

void read_field(const LinkField& field, const Json& object, LinkModel& model,
                const std::string& path, const std::string& pointer) {
  try {
    field.read(model, quantity_text(object[field.name]));
  } catch (const BadInput& error) {
    refuse(path, pointer + "/" + field.name, error.what());
  }
}

// The link's own fields, overridden by those under "up" or "down".
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

void read_backup(const Json& link, std::size_t index, Scenario& scenario, const std::string& path,
                 const std::string& pointer) {
  if (!link.contains("backup")) return;
  if (!link["backup"].is_boolean())
    refuse(path, pointer + "/backup", link["backup"].dump() + " is neither true nor false");
  if (!link["backup"].get<bool>()) return;
  // Only an MP_JOIN carries the flag. For the first subflow a kernel (from 6.0) can send an MP_PRIO
  // later, after the first requests have gone over it as if it were none.
  if (index == 0)
    refuse(path, pointer + "/backup",
           "connections start on the first link, so it is no backup; put another link first");
  scenario.backups.insert(index);
}

std::string word_of(const Json& event, const char* field, const std::string& path,
                    const std::string& pointer) {
  const Json& value = event[field];
  if (!value.is_string())
    refuse(path, pointer + "/" + field, value.dump() + " is not text; write it in quotes");
  return value;
}

// One of a few words; throws with the nearest of them, or all.
std::size_t choice(const Json& event, const char* field, const std::vector<std::string>& words,
                   const std::string& what, const std::string& path, const std::string& pointer) {
  const std::string word = word_of(event, field, path, pointer);
  const auto found = std::find(words.begin(), words.end(), word);
  if (found != words.end()) return static_cast<std::size_t>(found - words.begin());
  const std::string near = nearest(word, words.data(), words.data() + words.size());
  std::string remedy = near.empty() ? "; there are:" : "; did you mean \"" + near + "\"?";
  for (std::size_t i = 0; near.empty() && i < words.size(); ++i)
    remedy += (i == 0 ? " " : ", ") + words[i];
  refuse(path, pointer + "/" + field, what + " \"" + word + "\"" + remedy);
}

Nanos time_of(const Json& event, const std::string& path, const std::string& pointer) {
  const std::string remedy =
      "missing; say when, counted from the opening of the measured window, as \"at\": \"3s\"";
  if (!event.contains("at")) refuse(path, pointer + "/at", remedy);
  Nanos at{0};
  try {
    at = parse_duration(quantity_text(event["at"]));
  } catch (const BadInput& error) {
    refuse(path, pointer + "/at", error.what());
  }
  if (at == Nanos{0})
    refuse(path, pointer + "/at",
           "is when the window opens, before which nothing is measured; describe the link so, or "
           "name a later time");
  return at;
}

// "rate, delay or loss"
std::string alternatives(const Names& names) {
  std::string text = names[0];
  for (std::size_t i = 1; i < names.size(); ++i)
    text += (i + 1 < names.size() ? ", " : " or ") + names[i];
  return text;
}

LinkEvent event_from(const Json& json, const std::vector<LinkSpec>& links, const std::string& path,
                     const std::string& pointer) {
  known_fields_only(json, concat({"at", "link", "direction", "state"}, link_event_names()), path,
                    pointer);
  LinkEvent event;
  event.at = time_of(json, path, pointer);
  std::vector<std::string> names;
  for (const LinkSpec& link : links) names.push_back(link.name);
  if (!json.contains("link"))
    refuse(path, pointer + "/link",
           "missing; name one of the links, as \"link\": \"" + names[0] + "\"");
  event.link = choice(json, "link", names, "there is no link", path, pointer);
  if (json.contains("direction")) {
    event.direction = static_cast<Direction>(
        choice(json, "direction", {"up", "down"}, "unknown direction", path, pointer));
  }
  if (json.contains("state")) {
    event.state = static_cast<LinkEvent::State>(
        choice(json, "state", {"up", "down", "unplugged"}, "unknown state", path, pointer));
  }
  if (event.state == LinkEvent::State::kUnplugged && event.direction) {
    refuse(
        path, pointer + "/direction",
        "an interface is unplugged in both directions; leave it out, or write \"state\": \"down\"");
  }
  for (const LinkField& field : link_fields()) {
    if (!field.in_events || !json.contains(field.name)) continue;
    read_field(field, json, event.values, path, pointer);
    event.changes.push_back(&field);
  }
  if (json.contains("rate") && event.values.rate.count == 0) {
    refuse(path, pointer + "/rate",
           "would be no limit at all; for a link that carries nothing write \"state\": \"down\"");
  }
  if (!event.state && event.changes.empty()) {
    refuse(path, pointer,
           "changes nothing; give a " + alternatives(concat({"state"}, link_event_names())));
  }
  return event;
}

void read_events(const Json& json, Scenario& scenario, const std::string& path) {
  if (!json.is_array()) refuse(path, "/events", "is not an array […]");
  if (json.size() > kMostEvents) {
    refuse(path, "/events",
           "has " + std::to_string(json.size()) + " events; use at most " +
               std::to_string(kMostEvents));
  }
  std::vector<LinkState> links;
  for (const LinkSpec& link : scenario.links) links.push_back({link});
  for (std::size_t i = 0; i < json.size(); ++i) {
    const std::string pointer = "/events/" + std::to_string(i);
    const LinkEvent event = event_from(json[i], scenario.links, path, pointer);
    if (i > 0 && event.at < scenario.events.back().at) {
      refuse(path, pointer + "/at",
             to_text(event.at) + " is before the event above it; put the events in order of time");
    }
    // An event without effect is a mistake: one would look for its traces in the result.
    LinkState& link = links[event.link];
    if (changed(link, event) == link) {
      refuse(path, pointer,
             "changes nothing: " + link.spec.name + " is so already" +
                 (link.unplugged ? ", and unplugged" : ""));
    }
    link = changed(link, event);
    scenario.events.push_back(event);
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
        refuse(path, pointer + "/" + name, "is not a string; write it in quotes, as \"0\"");
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

std::string to_text(Role role) {
  return role == Role::kClient ? "client" : role == Role::kServer ? "server" : "router";
}

Scenario scenario_from_json(const std::string& text, const std::string& path) {
  const Json json = parse_json(text, path);
  known_fields_only(json, {"description", "links", "events", "sysctls"}, path, "");
  Scenario scenario;
  scenario.name = fs::path(path).stem().string();
  if (json.contains("description")) {
    if (!json["description"].is_string()) refuse(path, "/description", "is not a string");
    scenario.description = json["description"];
  }
  if (!json.contains("links") || !json["links"].is_array() || json["links"].empty()) {
    refuse(path, "/links", "missing or empty; describe one link or more, see netns/README.md");
  }
  const Json& links = json["links"];
  if (links.size() > kMostLinks)
    refuse(path, "/links",
           "holds " + std::to_string(links.size()) + " links; the kernel takes at most 8");
  const Names quantities = link_field_names();
  const Names known = concat({"name"}, quantities, {"backup", "up", "down"});
  std::set<std::string> names;
  for (std::size_t i = 0; i < links.size(); ++i) {
    const std::string pointer = "/links/" + std::to_string(i);
    known_fields_only(links[i], known, path, pointer);
    check_name(links[i], names, path, pointer);
    read_backup(links[i], i, scenario, path, pointer);
    for (const char* direction : {"up", "down"}) {
      if (links[i].contains(direction))
        known_fields_only(links[i][direction], quantities, path, pointer + "/" + direction);
    }
  }
  for (std::size_t i = 0; i < links.size(); ++i) {
    const std::string pointer = "/links/" + std::to_string(i);
    scenario.links.push_back({links[i]["name"], direction_of(links[i], "up", path, pointer),
                              direction_of(links[i], "down", path, pointer)});
  }
  if (json.contains("events")) read_events(json["events"], scenario, path);
  if (json.contains("sysctls")) read_sysctls(json["sysctls"], scenario, path);
  return scenario;
}

bool has_plain_links(const Scenario& scenario) {
  return scenario.events.empty() &&
         std::all_of(scenario.links.begin(), scenario.links.end(), [](const LinkSpec& link) {
           return link.up == LinkModel{} && link.down == LinkModel{};
         });
}

const LinkSpec* link_without_rate(const Scenario& scenario) {
  for (const LinkSpec& link : scenario.links) {
    if (link.up.rate == BitsPerSecond{} || link.down.rate == BitsPerSecond{}) return &link;
  }
  return nullptr;
}

std::string find_data_file(const std::string& kind, const std::string& what,
                           const std::string& name_or_file) {
  if (name_or_file.find('/') != std::string::npos || fs::path(name_or_file).extension() == ".json")
    return name_or_file;
  const std::string folder = data_folder(kind);
  const std::string path = folder + "/" + name_or_file + ".json";
  if (fs::exists(path)) return path;
  std::vector<std::string> names;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == ".json") names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  const std::string near = nearest(name_or_file, names.data(), names.data() + names.size());
  std::string message = "unknown " + what + " \"" + name_or_file + "\"";
  if (!near.empty()) throw BadInput(message + "; did you mean \"" + near + "\"?");
  message += "; there are:";
  for (const std::string& name : names) message += " " + name;
  throw BadInput(message + "; or name a file by its path");
}

Scenario load_scenario(const std::string& name_or_file) {
  const std::string path = find_data_file("netns", "scenario", name_or_file);
  return scenario_from_json(read_file(path, kLargestByHand), path);
}

}  // namespace mpb
