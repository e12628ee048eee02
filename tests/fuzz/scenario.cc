// Scenario files are refused by name and place, or taken. Then both backends have the steps that
// --dry-run prints, the file can be written again, and packets pass its links.
#include "scenario/scenario.hh"

#include <nlohmann/json.hpp>
#include <set>

#include "emu/control.hh"
#include "emu/link.hh"
#include "fuzz.hh"
#include "scenario/netem_words.hh"
#include "scenario/topology.hh"

namespace mpb {

namespace {

// Every device of a link can exist next to those of all others.
void check_links(const Scenario& scenario) {
  assert(scenario.clients >= 1 && !scenario.links.empty() && scenario.links.size() <= 64);
  assert(scenario.links_per_client() <= 8);
  assert(scenario.links_per_client() * static_cast<std::size_t>(scenario.clients) ==
         scenario.links.size());
  std::set<std::string> names;
  for (const LinkSpec& link : scenario.links) {
    assert(link.name.size() + 2 <= 15);
    assert(names.insert(link.name).second);
  }
  for (const std::size_t backup : scenario.backups)
    assert(backup < scenario.links.size() && backup % scenario.links_per_client() != 0);
}

void check_steps(const std::vector<Step>& steps) {
  for (const Step& step : steps) {
    assert(step.argv.size() >= 2);
    for (const std::string& word : step.argv) assert(!word.empty());
    assert(to_text(step).front() == '[');
  }
}

// Commands tell the same as the emulator is told: a number that does not fit would show as another.
void check_words(const LinkModel& model) {
  for (const auto& words :
       {netem_loss_words(model), netem_line_words(model), flow_cap_words(model)}) {
    for (const std::string& word : words) assert(!word.empty() && word.front() != '-');
  }
}

void check_packets(const LinkModel& model) {
  Link link(model, Seed{1});
  Nanos last{0};
  for (int i = 0; i < 8; ++i) {
    const Nanos now{i * 1'000'000};
    const Departure departure = link.offer(now, full_frame(model));
    if (departure.fate != Fate::kLeaves) continue;
    assert(departure.leaves >= now && departure.leaves >= last);
    // A packet that can be sent at once leaves no earlier than its delay allows.
    if (i == 0) assert(departure.leaves - now >= model.delay - model.jitter);
    last = departure.leaves;
  }
}

void check_again(const Scenario& scenario) {
  assert(links_from_json(links_to_json(scenario.links)) == scenario.links);
  if (scenario.events.empty()) return;
  // The events as a result records them, in a file with the same links.
  nlohmann::json links = nlohmann::json::parse(links_to_json(scenario.links));
  for (auto& link : links) {
    for (const char* direction : {"up", "down"}) {
      link[direction].erase("blackhole");
      if (link[direction].contains("mtu")) link["mtu"] = link[direction]["mtu"];
      link[direction].erase("mtu");
    }
  }
  nlohmann::json file{{"links", links}};
  for (const LinkEvent& event : scenario.events) {
    auto& its = file["events"].emplace_back();
    for (const auto& [name, text] : event_texts(event, scenario)) its[name] = text;
  }
  assert(scenario_from_json(file.dump(), "again.json").events == scenario.events);
}

}  // namespace

}  // namespace mpb

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t most, unsigned seed) {
  return mpb::mutate_json(data, size, most, seed);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mpb;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto scenario = accepted([&] { return scenario_from_json(text, "s.json"); }, "s.json: ");
  if (!scenario) return 0;
  assert(scenario->name == "s");
  check_links(*scenario);
  for (const Backend backend : {Backend::kTun, Backend::kNetem}) {
    check_steps(topology({{"cubic", {}}, {}, *scenario, backend, true}));
    check_steps(topology({{}, {}, *scenario, backend, false, 1, true}));
    for (std::size_t i = 0; i < scenario->events.size() && i < 16; ++i) {
      check_steps(event_steps(*scenario, i, backend, Seed{1}));
    }
  }
  for (const LinkEvent& event : scenario->events) assert(!to_text(event, *scenario).empty());
  for (std::size_t i = 0; i < scenario->links.size(); ++i) {
    const LinkSpec& link = scenario->links[i];
    for (const LinkModel& model : {link.up, link.down}) {
      check_words(model);
      check_packets(model);
    }
    const LinkState last = link_before(*scenario, scenario->events.size(), i);
    check_packets(last.spec.up);
    check_packets(last.spec.down);
  }
  check_again(*scenario);
  return 0;
}
