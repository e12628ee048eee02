#include "result/capture.hh"

#include <fmt/format.h>

namespace mpb {

std::vector<std::string> missing_packets(const CaptureRecord& capture) {
  std::vector<std::string> clauses;
  const auto add = [&clauses](std::int64_t packets, const char* why) {
    if (packets > 0)
      clauses.push_back(fmt::format("the capture leaves out {} packets, because {}", packets, why));
  };
  add(capture.beyond_limit, "its file had reached the largest size");
  add(capture.missed, "its disk was slower than the links");
  return clauses;
}

}  // namespace mpb
