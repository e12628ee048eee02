#include "analysis/stalls.hh"

#include <algorithm>
#include <utility>

#include "analysis/text.hh"

namespace mpb {

namespace {

std::string seconds_text(double ns) { return fixed(ns / 1e9, ns < 1e9 ? 2 : 1) + " s"; }

// The protocols of an operation and value size that have a valid run.
using StalledCell = std::vector<const RunGroup*>;

const std::vector<Segment>& segments_of(const RunGroup& group) {
  return group.valid.front()->outcome.segments;
}

// Whether a request sent after that segment's beginning was answered in any of the runs.
bool came_back(const RunGroup& group, std::size_t index) {
  return std::any_of(group.valid.begin(), group.valid.end(), [index](const Run* run) {
    const auto from = run->outcome.segments.begin() + static_cast<std::ptrdiff_t>(index);
    return std::any_of(from, run->outcome.segments.end(),
                       [](const Segment& s) { return s.first_success.has_value(); });
  });
}

// "link1 down 3.0 s, GET 4k: tcp stalled 7.4 s, mptcp 0.43 s" when the segment began with a link
// that went away: the longest wait from then until the link is back, one that the link's return
// found waiting included. A stall that the window's end cut off is not over: it says so.
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
    text += " " + fixed(seconds(segments[back].from - gone.from), 1) + " s";
  const auto longest = [&](const Run& run) {
    Nanos stall{0};
    for (std::size_t i = index; i < run.outcome.segments.size() && i <= back; ++i)
      stall = std::max(stall, run.outcome.segments[i].longest_stall);
    return static_cast<double>(stall.count());
  };
  text += ", " + cell_of(*cell.front()->first) + ": ";
  for (const RunGroup* group : cell) {
    text += (group == cell.front() ? "" : ", ") + contestant(*group->first) +
            (group == cell.front() ? " stalled " : " ") + seconds_text(median_of(*group, longest));
    if (!came_back(*group, index)) text += " to the end";
  }
  return text;
}

// The cells of runs with events, of each the protocols that have a valid one.
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
