// A scenario: the links between clients and server, and the changes of the links during a run. It
// is read from a JSON file such as netns/two-lossy-links.json.
//
// netns/README.md documents the file. Every quantity needs its unit, an unknown field is refused,
// and an error names the file, the JSON pointer and the remedy. This struct owns the schema; no
// other code reads these files.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "emu/link_fields.hh"
#include "scenario/endpoints.hh"
#include "scenario/place.hh"

namespace mpb {

// A change of one link at one time. Absent properties keep their value.
struct LinkEvent {
  // kDown is a blackhole: every packet is lost, without notice to either end. kUnplugged takes the
  // client's interface down, which its kernel notices. kUp undoes both.
  enum class State { kUp, kDown, kUnplugged };

  Nanos at{};                          // since the start of the measured window
  std::size_t link = 0;                // from 0
  std::optional<Direction> direction;  // absent: both; never with kUnplugged
  std::optional<State> state;
  std::vector<const LinkField*> changes;  // the quantities that change, in the table's order
  LinkModel values;                       // their new values; the other members are meaningless
  bool operator==(const LinkEvent&) const = default;
};

struct Scenario {
  std::string name;
  std::string description;
  int clients = 1;  // hosts from which the load comes
  // 1 to 8 of each client, because a connection has at most 8 subflows: first those of the first
  // client, then those of the second, and so on.
  std::vector<LinkSpec> links;
  // Links whose subflows carry data only when no other subflow can; never the first of a client.
  std::set<std::size_t> backups;
  std::optional<Endpoints> endpoints;    // the standard of its experiments; absent: kSubflow
  std::optional<int> subflows_per_link;  // the same; absent: 1
  // The link that a TCP flow shares with the load; see world/competing_flow.hh.
  std::optional<std::size_t> competing_flow;
  std::vector<LinkEvent> events;  // in order of time
  // Additional settings of the namespaces, for experiments: {"server": {"net.mptcp.enabled": "0"}}.
  std::map<Role, std::map<std::string, std::string>> sysctls;

  std::size_t links_per_client() const { return links.size() / static_cast<std::size_t>(clients); }
  // The number of the client's first link, from 0. A connection starts there.
  std::size_t first_link_of(int client) const {
    return static_cast<std::size_t>(client - 1) * links_per_client();
  }
  // The client that has the link with this number.
  Place client_of(std::size_t link) const {
    return {Role::kClient, static_cast<int>(link / links_per_client()) + 1};
  }
};

// Reads NAME (a file of the netns folder without its .json) or the path of a file, and the traces
// that its links name. Throws BadInput; the message suggests the name nearest to an unknown one.
Scenario load_scenario(const std::string& name_or_file);

// Without the content of traces.
Scenario scenario_from_json(const std::string& text, const std::string& path);

// An event in plain words, without its time: "link1 down, client to server", "wifi rate 5mbit,
// delay 50ms, loss 10%".
std::string to_text(const LinkEvent& event, const Scenario& scenario);

// An event as a scenario file has it.
LinkTexts event_texts(const LinkEvent& event, const Scenario& scenario);

// A link at one time of a run.
struct LinkState {
  LinkSpec spec;
  bool unplugged = false;
  bool operator==(const LinkState&) const = default;
};

// `link` after `event`, which has to be an event of this link.
LinkState changed(LinkState link, const LinkEvent& event);

// Whether the scenario has no event, and no link a rate, delay, jitter, loss, queue limit or cap
// per flow. An MTU needs no emulation, because it is a property of the interfaces.
bool has_plain_links(const Scenario& scenario);

// Whether a link has a cap per flow.
bool has_flow_cap(const Scenario& scenario);

// The first link that has no rate in one of its directions, so that a CPU may be the limit; nullptr
// if there is none.
const LinkSpec* link_without_rate(const Scenario& scenario);

// The names of the shipped files of a kind ("netns", "workloads"), sorted.
std::vector<std::string> data_names(const std::string& kind);

// The path of "NAME|FILE" among the shipped files of a kind ("netns", "workloads"). Throws BadInput
// with the nearest name; `noun` is "scenario" or "workload" in the message.
std::string find_data_file(const std::string& kind, const std::string& noun,
                           const std::string& name_or_file);

}  // namespace mpb
