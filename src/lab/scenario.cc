#include "lab/scenario.hh"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "emu/control.hh"
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

const std::string kTopFields[] = {"description", "links", "events", "sysctls"};
const std::string kModelFields[] = {"rate", "delay", "jitter", "loss", "burst", "queue"};
const std::string kLinkFields[] = {"name",  "rate",  "delay",  "jitter", "loss",
                                   "burst", "queue", "backup", "up",     "down"};
const std::string kEventFields[] = {"at",    "link",   "direction", "state", "rate",
                                    "delay", "jitter", "loss",      "burst"};
const std::string kModelEventFields[] = {"rate", "delay", "jitter", "loss", "burst"};

std::string state_text(LinkEvent::State state) {
  return state == LinkEvent::State::kUp     ? "up"
         : state == LinkEvent::State::kDown ? "down"
                                            : "unplugged";
}

[[noreturn]] void refuse(const std::string& path, const std::string& pointer,
                         const std::string& what) {
  throw BadInput(path + ": " + pointer + ": " + what);
}

template <std::size_t N>
void known_fields_only(const Json& object, const std::string (&known)[N], const std::string& path,
                       const std::string& pointer) {
  if (!object.is_object()) refuse(path, pointer.empty() ? "/" : pointer, "is not an object {…}");
  for (const auto& [key, value] : object.items()) {
    if (std::find(known, known + N, key) != known + N) continue;
    const std::string near = nearest(key, known, known + N);
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

// One direction with everything spelled out: the link's own fields, overridden by those under "up"
// or "down".
Json one_direction(const Json& link, const char* direction) {
  Json model = Json::object();
  for (const std::string& field : kModelFields) {
    if (link.contains(field)) model[field] = link[field];
    if (link.contains(direction) && link[direction].contains(field))
      model[field] = link[direction][field];
  }
  return model;
}

// The emulator's parser speaks of the spelled-out form ("/0/up/delay: …"); the reader of the file
// wants to know where it stands there.
std::string as_in_file(const std::string& message, const Json& links) {
  for (std::size_t i = 0; i < links.size(); ++i) {
    for (const char* direction : {"up", "down"}) {
      const std::string start = "/" + std::to_string(i) + "/" + direction + "/";
      const std::size_t at = message.find(start);
      if (at == std::string::npos) continue;
      const std::size_t field_at = at + start.size();
      const std::string field = message.substr(field_at, message.find(':', field_at) - field_at);
      const bool own = links[i].contains(direction) && links[i][direction].contains(field);
      return "/links/" + std::to_string(i) + (own ? "/" + std::string(direction) : "") + "/" +
             message.substr(field_at);
    }
  }
  return "/links" + message;
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
  if (!event["at"].is_string())
    refuse(path, pointer + "/at",
           event["at"].dump() + " is not text; write it in quotes, with its unit");
  Nanos at{0};
  try {
    at = parse_duration(event["at"].get<std::string>());
  } catch (const BadInput& error) {
    refuse(path, pointer + "/at", error.what());
  }
  if (at == Nanos{0})
    refuse(path, pointer + "/at",
           "is when the window opens, before which nothing is measured; describe the link so, or "
           "name a later time");
  return at;
}

// The parser of links reads the fields that they share, so that both take the same words and refuse
// them with the same ones.
LinkModel model_of(const Json& event, const std::string& path, const std::string& pointer) {
  Json model = Json::object();
  for (const std::string& field : kModelEventFields) {
    if (event.contains(field)) model[field] = event[field];
  }
  Json one = Json::array();
  one.push_back({{"name", "changed"}, {"up", model}, {"down", Json::object()}});
  try {
    return links_from_json(one.dump())[0].up;
  } catch (const BadInput& error) {
    throw BadInput(path + ": " + pointer +
                   std::string(error.what()).substr(std::string("/0/up").size()));
  }
}

LinkEvent event_from(const Json& json, const std::vector<LinkSpec>& links, const std::string& path,
                     const std::string& pointer) {
  known_fields_only(json, kEventFields, path, pointer);
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
  const LinkModel model = model_of(json, path, pointer);
  if (json.contains("rate")) event.rate = model.rate;
  if (json.contains("delay")) event.delay = model.delay;
  if (json.contains("jitter")) event.jitter = model.jitter;
  if (json.contains("loss")) event.loss = model.loss.mean;
  if (json.contains("burst")) event.burst = model.loss.burst;
  if (event.rate && event.rate->count == 0) {
    refuse(path, pointer + "/rate",
           "would be no limit at all; for a link that carries nothing write \"state\": \"down\"");
  }
  if (!event.state && !event.rate && !event.delay && !event.jitter && !event.loss && !event.burst) {
    refuse(path, pointer, "changes nothing; give a state, rate, delay, jitter, loss or burst");
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
  const std::string roles[] = {"client", "server", "router"};
  known_fields_only(json, roles, path, "/sysctls");
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
  if (event.rate) words.push_back("rate " + to_text(*event.rate));
  if (event.delay) words.push_back("delay " + to_text(*event.delay));
  if (event.jitter) words.push_back("jitter " + to_text(*event.jitter));
  if (event.loss) words.push_back("loss " + percent_text(*event.loss));
  if (event.burst) words.push_back("burst " + packets_text(*event.burst));
  if (event.direction)
    words.push_back(event.direction == Direction::kUp ? "client to server" : "server to client");
  std::string text = scenario.links[event.link].name;
  for (std::size_t i = 0; i < words.size(); ++i) text += (i == 0 ? " " : ", ") + words[i];
  return text;
}

std::string events_to_json(const Scenario& scenario) {
  Json json = Json::array();
  for (const LinkEvent& event : scenario.events) {
    Json& fields = json.emplace_back();
    fields["at"] = to_text(event.at);
    fields["link"] = scenario.links[event.link].name;
    if (event.direction) fields["direction"] = event.direction == Direction::kUp ? "up" : "down";
    if (event.state) fields["state"] = state_text(*event.state);
    if (event.rate) fields["rate"] = to_text(*event.rate);
    if (event.delay) fields["delay"] = to_text(*event.delay);
    if (event.jitter) fields["jitter"] = to_text(*event.jitter);
    if (event.loss) fields["loss"] = percent_text(*event.loss);
    if (event.burst) fields["burst"] = packets_text(*event.burst);
  }
  return json.dump();
}

LinkState changed(LinkState link, const LinkEvent& event) {
  for (const Direction direction : {Direction::kUp, Direction::kDown}) {
    if (event.direction && event.direction != direction) continue;
    LinkModel& model = direction == Direction::kUp ? link.spec.up : link.spec.down;
    if (event.rate) model.rate = *event.rate;
    if (event.delay) model.delay = *event.delay;
    if (event.jitter) model.jitter = *event.jitter;
    if (event.loss) model.loss.mean = *event.loss;
    if (event.burst) model.loss.burst = *event.burst;
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
  known_fields_only(json, kTopFields, path, "");
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
  std::set<std::string> names;
  Json spelled_out = Json::array();
  for (std::size_t i = 0; i < links.size(); ++i) {
    const std::string pointer = "/links/" + std::to_string(i);
    known_fields_only(links[i], kLinkFields, path, pointer);
    check_name(links[i], names, path, pointer);
    read_backup(links[i], i, scenario, path, pointer);
    for (const char* direction : {"up", "down"}) {
      if (links[i].contains(direction))
        known_fields_only(links[i][direction], kModelFields, path, pointer + "/" + direction);
    }
    spelled_out.push_back({{"name", links[i]["name"]},
                           {"up", one_direction(links[i], "up")},
                           {"down", one_direction(links[i], "down")}});
  }
  try {
    scenario.links = links_from_json(spelled_out.dump());
  } catch (const BadInput& error) {
    throw BadInput(path + ": " + as_in_file(error.what(), links));
  }
  if (json.contains("events")) read_events(json["events"], scenario, path);
  if (json.contains("sysctls")) read_sysctls(json["sysctls"], scenario, path);
  return scenario;
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
