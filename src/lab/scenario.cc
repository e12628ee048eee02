#include "lab/scenario.hh"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "emu/control.hh"
#include "sys/error.hh"
#include "sys/file.hh"

namespace mpb {

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr std::size_t kMostLinks = 8;
// An interface name has 15 characters, and the router's ends are called NAME-c and NAME-s.
constexpr std::size_t kLongestName = 13;

const std::string kTopFields[] = {"description", "links", "sysctls"};
const std::string kModelFields[] = {"rate", "delay", "jitter", "loss", "burst", "queue"};
const std::string kLinkFields[] = {"name", "rate", "delay", "jitter", "loss", "burst", "queue", "up", "down"};

[[noreturn]] void refuse(const std::string& path, const std::string& pointer, const std::string& what) {
  throw BadInput(path + ": " + pointer + ": " + what);
}

template <std::size_t N>
void known_fields_only(const Json& object, const std::string (&known)[N], const std::string& path, const std::string& pointer) {
  if (!object.is_object()) refuse(path, pointer.empty() ? "/" : pointer, "is not an object {…}");
  for (const auto& [key, value] : object.items()) {
    if (std::find(known, known + N, key) != known + N) continue;
    const std::string near = nearest(key, known, known + N);
    refuse(path, pointer + "/" + key, "unknown field" + (near.empty() ? "" : "; did you mean \"" + near + "\"?"));
  }
}

void check_name(const Json& link, std::set<std::string>& names, const std::string& path, const std::string& pointer) {
  if (!link.contains("name") || !link["name"].is_string())
    refuse(path, pointer + "/name", "missing; name the link, as \"name\": \"link1\"");
  const std::string name = link["name"];
  const bool plain = !name.empty() && name.size() <= kLongestName && name != "lo" &&
                     name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789") == std::string::npos;
  if (!plain) refuse(path, pointer + "/name", "\"" + name + "\" cannot name an interface; use up to 13 of a-z and 0-9");
  if (!names.insert(name).second) refuse(path, pointer + "/name", "\"" + name + "\" names two links; give each its own name");
}

// One direction with everything spelled out: the link's own fields, overridden by those under "up" or "down".
Json one_direction(const Json& link, const char* direction) {
  Json model = Json::object();
  for (const std::string& field : kModelFields) {
    if (link.contains(field)) model[field] = link[field];
    if (link.contains(direction) && link[direction].contains(field)) model[field] = link[direction][field];
  }
  return model;
}

// The emulator's parser speaks of the spelled-out form ("/0/up/delay: …"); the reader of the file wants to know where it stands there.
std::string as_in_file(const std::string& message, const Json& links) {
  for (std::size_t i = 0; i < links.size(); ++i) {
    for (const char* direction : {"up", "down"}) {
      const std::string start = "/" + std::to_string(i) + "/" + direction + "/";
      const std::size_t at = message.find(start);
      if (at == std::string::npos) continue;
      const std::size_t field_at = at + start.size();
      const std::string field = message.substr(field_at, message.find(':', field_at) - field_at);
      const bool own = links[i].contains(direction) && links[i][direction].contains(field);
      return "/links/" + std::to_string(i) + (own ? "/" + std::string(direction) : "") + "/" + message.substr(field_at);
    }
  }
  return "/links" + message;
}

void read_sysctls(const Json& json, Scenario& scenario, const std::string& path) {
  const std::string roles[] = {"client", "server", "router"};
  known_fields_only(json, roles, path, "/sysctls");
  for (const auto& [role, values] : json.items()) {
    const Role where = role == "client" ? Role::kClient : role == "server" ? Role::kServer : Role::kRouter;
    const std::string pointer = "/sysctls/" + role;
    if (!values.is_object()) refuse(path, pointer, "is not an object {…}");
    for (const auto& [name, value] : values.items()) {
      if (name.rfind("net.", 0) != 0 || name.find('/') != std::string::npos || name.find("..") != std::string::npos) {
        refuse(path, pointer + "/" + name, "only net.* settings belong to a namespace");
      }
      if (!value.is_string()) refuse(path, pointer + "/" + name, "is not a string; write it in quotes, as \"0\"");
      scenario.sysctls[where][name] = value;
    }
  }
}

}  // namespace

std::string to_text(Role role) { return role == Role::kClient ? "client" : role == Role::kServer ? "server" : "router"; }

Scenario scenario_from_json(const std::string& text, const std::string& path) {
  Json json;
  try {
    json = Json::parse(text);
  } catch (const Json::parse_error& error) {
    throw BadInput(path + ": is not JSON: " + std::string(error.what()));
  }
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
  if (links.size() > kMostLinks) refuse(path, "/links", "holds " + std::to_string(links.size()) + " links; the kernel takes at most 8");
  std::set<std::string> names;
  Json spelled_out = Json::array();
  for (std::size_t i = 0; i < links.size(); ++i) {
    const std::string pointer = "/links/" + std::to_string(i);
    known_fields_only(links[i], kLinkFields, path, pointer);
    check_name(links[i], names, path, pointer);
    for (const char* direction : {"up", "down"}) {
      if (links[i].contains(direction)) known_fields_only(links[i][direction], kModelFields, path, pointer + "/" + direction);
    }
    spelled_out.push_back({{"name", links[i]["name"]}, {"up", one_direction(links[i], "up")}, {"down", one_direction(links[i], "down")}});
  }
  try {
    scenario.links = links_from_json(spelled_out.dump());
  } catch (const BadInput& error) {
    throw BadInput(path + ": " + as_in_file(error.what(), links));
  }
  if (json.contains("sysctls")) read_sysctls(json["sysctls"], scenario, path);
  return scenario;
}

std::string find_data_file(const std::string& kind, const std::string& what, const std::string& name_or_file) {
  if (name_or_file.find('/') != std::string::npos || fs::path(name_or_file).extension() == ".json") return name_or_file;
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
  return scenario_from_json(read_file(path), path);
}

}  // namespace mpb
