#include "analysis/stalls.hh"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "analysis/text.hh"

namespace mpb {

namespace {

std::string seconds_text(double ns) {
  return fmt::format("{} s", fixed(ns / 1e9, ns < 1e9 ? 2 : 1));
}

// The groups of one cell that have a valid run.
using StalledCell = std::vector<const RunGroup*>;

const std::vector<Segment>& segments_of(const RunGroup& group) {
  return group.valid.front()->outcome.segments;
}

// Whether, in any of the runs, a request was answered that was sent after the segment began.
bool came_back(const RunGroup& group, std::size_t index) {
  return std::any_of(group.valid.begin(), group.valid.end(), [index](const Run* run) {
    const auto from = run->outcome.segments.begin() + static_cast<std::ptrdiff_t>(index);
    return std::any_of(from, run->outcome.segments.end(),
                       [](const Segment& s) { return s.first_success.has_value(); });
  });
}

// "link1 down 3.0 s, GET 4k: tcp stalled 7.4 s, mptcp 0.43 s" if the segment began with a link that
// went down; "" otherwise. The stall is the longest wait until the link was up again, including one
// that was not over then. "to the end" marks a stall that the end of the window cut off.
std::string stall_sentence(const StalledCell& cell, std::size_t index) {
  const std::vector<Segment>& segments = segments_of(*cell.front());
  const Segment& gone = segments[index];
  if (gone.state != "down" && gone.state != "unplugged") return "";
  std::string text = gone.event;
  std::size_t back = index + 1;
  while (back < segments.size() &&
         !(segments[back].link == gone.link && segments[back].state == "up"))
    ++back;
  if (back < segments.size())
    text += fmt::format(" {} s", fixed(seconds(segments[back].from - gone.from), 1));
  const auto longest = [&](const Run& run) {
    Nanos stall{0};
    for (std::size_t i = index; i < run.outcome.segments.size() && i <= back; ++i)
      stall = std::max(stall, run.outcome.segments[i].longest_stall);
    return static_cast<double>(stall.count());
  };
  std::vector<std::string> stalls;  // of each protocol
  for (const RunGroup* group : cell) {
    stalls.push_back(fmt::format(
        "{} {}{}{}", contestant(*group->first), stalls.empty() ? "stalled " : "",
        seconds_text(median_of(*group, longest)), came_back(*group, index) ? "" : " to the end"));
  }
  return fmt::format("{}, {}: {}", text, cell_of(*cell.front()->first), fmt::join(stalls, ", "));
}

// The cells whose runs have events.
std::vector<StalledCell> cells_with_events(const std::vector<RunGroup>& groups) {
  std::vector<StalledCell> cells;
  for (auto group = groups.begin(); group != groups.end();) {
    StalledCell cell;
    for (const RunGroup& head = *group; group != groups.end() && same_cell(*group, head); ++group) {
      if (!group->valid.empty() && !segments_of(*group).empty()) cell.push_back(&*group);
    }
    if (!cell.empty()) cells.push_back(std::move(cell));
  }
  return cells;
}

}  // namespace

std::vector<std::string> stall_sentences(const std::vector<RunGroup>& groups) {
  std::vector<std::string> sentences;
  for (const StalledCell& cell : cells_with_events(groups)) {
    for (std::size_t i = 0; i < segments_of(*cell.front()).size(); ++i) {
      std::string sentence = stall_sentence(cell, i);
      if (!sentence.empty()) sentences.push_back(std::move(sentence));
    }
  }
  return sentences;
}

}  // namespace mpb
