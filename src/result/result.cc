#include "result/result.hh"

#include "sys/error.hh"

namespace mpb {

bool can_tell(const Histogram& histogram, double q) {
  return static_cast<double>(histogram.count()) * (1 - q) >= 10;
}

const Histogram& headline_latency(const Run& run) {
  return run.rate_rps ? run.response : run.last_byte;
}

int exit_code(const Result& result) {
  for (const Run& run : result.runs) {
    if (!run.valid()) return kFailed;
  }
  return kOk;
}

}  // namespace mpb
