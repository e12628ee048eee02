// The table of the quantities that describe one direction of a link, with the names and units of
// scenario files. All code that reads, writes or changes links loops over it, so a new quantity is
// a member of LinkModel (emu/model), a row here, and its effect on packets (emu/link, and
// scenario/topology for netem). Immutable; callable from any thread.
#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "emu/model.hh"

namespace mpb {

struct LinkField {
  const char* name;
  bool in_events;  // an event can change it
  // Written even if the link has none. False for a new row, because results of earlier versions do
  // not have the field, and `compare` would refuse to compare them with new ones.
  bool always_written;
  bool of_both_ways;  // both directions have the same value, so a file gives it once for the link
  void (*read)(LinkModel& model, const std::string& text);  // "5ms"; throws BadInput
  std::string (*text)(const LinkModel& model);              // the inverse of read()
  void (*copy)(LinkModel& to, const LinkModel& from);
  const char* absent;   // the words for people if a link has none, or null to leave it out
  bool in_grid = true;  // --grid can vary it
};

// In the order in which files, results and events list them.
std::span<const LinkField> link_fields();

// Names and values, as in a file.
using LinkTexts = std::vector<std::pair<std::string, std::string>>;
LinkTexts link_texts(const LinkModel& model);

// "", or the remedy if the direction has a field that its trace determines: always the rate, and
// the delay and the loss if the file has them.
std::string trace_conflict(const LinkModel& model);

// One direction for people: "rate 100mbit, delay 5ms, no loss, no queue limit".
std::string to_text(const LinkModel& model);

// Both directions and the round trip: "link1, each way: rate 100mbit, delay 5ms, loss 1%, queue
// 250p; RTT 10ms". The RTT is the sum of both delays, without jitter, queues and time on the line.
std::string to_text(const LinkSpec& link);

std::vector<std::string> link_field_names();
std::vector<std::string> link_grid_names();   // the fields that --grid can vary
std::vector<std::string> link_event_names();  // the fields that an event can change

}  // namespace mpb
