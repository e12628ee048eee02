// A scenario: the links between client and server, and what happens to them, read from a JSON file
// such as netns/two-lossy-links.json.
//
// netns/README.md documents the file. Every quantity carries its unit, every field is known, and an
// error names the file, the JSON pointer and the remedy. This struct owns the schema; nothing else
// reads those files.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "emu/link_fields.hh"

namespace mpb {

enum class Role { kClient, kServer, kRouter };

std::string to_text(Role role);  // "client", "server", "router"

// A change of one link at one moment. What is absent stays as it is.
struct LinkEvent {
  // kDown is a blackhole: every packet is gone, and nobody is told. kUnplugged takes the client's
  // interface down, which its kernel notices. kUp undoes both.
  enum class State { kUp, kDown, kUnplugged };

  Nanos at{};                          // after the measured window has opened
  std::size_t link = 0;                // counts from 0
  std::optional<Direction> direction;  // absent: both; never with kUnplugged
  std::optional<State> state;
  std::vector<const LinkField*> changes;  // the quantities that change, in the table's order
  LinkModel values;                       // their new values; the other members mean nothing
  bool operator==(const LinkEvent&) const = default;
};

struct Scenario {
  std::string name;
  std::string description;
  std::vector<LinkSpec> links;  // 1 to 8: the kernel takes at most 8 subflows a connection
  std::set<std::size_t>
      backups;  // links whose subflows carry data only when no other can; never the first
  std::vector<LinkEvent> events;  // in order of time
  std::map<Role, std::map<std::string, std::string>>
      sysctls;  // on top of our own, for experiments: {"server": {"net.mptcp.enabled": "0"}}
};

// NAME (a file of the netns folder without its .json) or the path of a file. Throws BadInput; an
// unknown name suggests the nearest.
Scenario load_scenario(const std::string& name_or_file);

Scenario scenario_from_json(const std::string& text, const std::string& path);

// An event in plain words, without its time: "link1 down, client to server", "wifi rate 5mbit,
// delay 50ms, loss 10%".
std::string to_text(const LinkEvent& event, const Scenario& scenario);

// An event as a scenario file has it.
LinkTexts event_texts(const LinkEvent& event, const Scenario& scenario);

// A link as events have made it.
struct LinkState {
  LinkSpec spec;
  bool unplugged = false;
  bool operator==(const LinkState&) const = default;
};

// What becomes of `link` by an event that is about it.
LinkState changed(LinkState link, const LinkEvent& event);

// Whether no link has a rate, delay, jitter, loss or queue, ever.
bool has_plain_links(const Scenario& scenario);

// The first link that has no rate in one of its directions, so that a CPU may be the limit; nullptr
// if there is none.
const LinkSpec* link_without_rate(const Scenario& scenario);

// The path of "NAME|FILE" among the shipped files of a kind ("netns", "workloads"); throws BadInput
// with the nearest name.
std::string find_data_file(const std::string& kind, const std::string& what,
                           const std::string& name_or_file);

}  // namespace mpb
