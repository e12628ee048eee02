// The packet capture of a run, or of a command in a lab: what its file has, and the counters of the
// links with which it can be compared. They count from the start of the links to the end of the
// capture.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mpb {

// Every packet that entered is in exactly one of the other counts. Those that a cap per flow still
// holds back at the end have not entered.
struct CapturedDirection {
  std::int64_t entered = 0;
  std::int64_t left = 0;
  std::int64_t on_the_way = 0;   // at the end of the capture, behind the cap per flow
  std::int64_t random_loss = 0;  // the drops, by their reason
  std::int64_t queue_full = 0;
  std::int64_t link_down = 0;
  std::int64_t flow_cap = 0;
  std::int64_t interface_down = 0;
  std::int64_t no_memory = 0;

  bool operator==(const CapturedDirection&) const = default;
};

struct CapturedLink {
  std::string name;
  CapturedDirection up, down;

  bool operator==(const CapturedLink&) const = default;
};

struct CaptureRecord {
  std::int64_t packets = 0;       // in the file, at their entry and at their exit
  std::int64_t missed = 0;        // left out, because the disk was slower than the links
  std::int64_t beyond_limit = 0;  // left out, because the file had its largest size
  // Exact to a microsecond, because a double has no more digits for Unix time.
  double clock_offset_s = 0;       // CLOCK_REALTIME minus CLOCK_MONOTONIC
  std::optional<double> opened_s;  // the start of the measured window on the clock of the file
  std::vector<CapturedLink> links;

  bool operator==(const CaptureRecord&) const = default;
};

// Clauses about packets that the file does not have.
std::vector<std::string> missing_packets(const CaptureRecord& capture);

}  // namespace mpb
