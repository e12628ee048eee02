// The capacity of one direction of a link over time, from a file. A trace repeats for ever, also
// backwards, so it has a value at every time. Immutable; callable from any thread.
//
// Two formats, told apart by their first line:
//   mahimahi   Each line is a number of milliseconds: at that time 1504 bytes may leave. It counts
//              a packet as its IP packet and 4 bytes. Bytes that find no packet are wasted, several
//              small packets share an opportunity, and a packet may need the rest of one and a part
//              of the next. After the last line the trace starts again (mm-link(1)).
//   CSV        time,rate[,delay][,loss]   A header, then rows with the time in seconds from which
//              on the values apply, in the units of scenario files. The last row is the time at
//              which the trace starts again, and the word "repeat".
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "emu/model.hh"

namespace mpb {

// The bounds of a file. They hold its memory below 60 MB, and the time to read it below a second.
struct TraceBounds {
  Bytes file{std::int64_t{16} << 20};
  std::size_t steps = 1'000'000;
  Nanos period = 24h;
  Nanos shortest_step = 1ms;
};
inline constexpr TraceBounds kTraceBounds;

inline constexpr Bytes kOpportunity = 1504_bytes;
inline constexpr Bytes kMahimahiHeader = 4_bytes;  // that it counts with each IP packet

class Trace {
 public:
  enum class Kind : std::uint8_t { kOpportunities, kRates };

  struct Step {
    Nanos at{};               // since the start of the trace
    std::int64_t amount = 0;  // bytes that may leave at `at`, or bits per second from `at` on
    Nanos delay{};            // from `at` on, if the file has it
    double loss = 0;
  };

  // Throws BadInput with the line: "NAME: line 3: rate: \"80\" has no unit; ...".
  Trace(std::string text, const std::string& name);

  Kind kind() const { return kind_; }
  // Ascending. Opportunities are later than 0 and not later than the period: one at 0 is one at the
  // end of the time before. Rates begin at 0, and all are earlier than the period.
  const std::vector<Step>& steps() const { return steps_; }
  Nanos period() const { return period_; }
  bool has_delay() const { return has_delay_; }
  bool has_loss() const { return has_loss_; }
  const std::string& text() const { return text_; }
  const std::string& sha256() const { return sha256_; }

  // The size of a frame in the count of this trace.
  Bytes counted(Bytes frame) const;

  // The bytes of full frames that may leave after `from` and not after `to`, since the start of the
  // trace. If they are of another size, less fits into opportunities: 14 bytes of each frame are
  // counted as 4.
  double capacity(Nanos from, Nanos to, Bytes mtu) const;
  BitsPerSecond mean_rate(Bytes mtu) const;

  // The number of the step that applies at a time since the start, 0 <= t < period. Of
  // opportunities, the first that is later.
  std::size_t index_at(Nanos t) const;

  // The longest time without capacity.
  Nanos longest_pause() const;
  Nanos least_delay() const;  // 0 if the file has none
  Nanos most_delay() const;
  double mean_loss(Nanos from, Nanos to) const;  // over time, 0 <= from < to

 private:
  void read_opportunities();
  void read_rates();
  void add_up();
  double counted_until(Nanos t) const;

  std::string text_;
  std::string name_;
  std::string sha256_;
  Kind kind_ = Kind::kOpportunities;
  bool has_delay_ = false;
  bool has_loss_ = false;
  std::vector<Step> steps_;
  std::vector<double> before_;  // bytes before the time of each step, in the trace's own count
  double total_ = 0;            // of a period
  Nanos period_{};
};

// The capacity during a window that opens at the start of the trace, in bits of full frames per
// second: its mean, and the least and the most in a tenth of a second.
struct TraceRange {
  double mean_bps = 0;
  double least_bps = 0;
  double most_bps = 0;
};
TraceRange range_of(const Trace& trace, Nanos window, Bytes mtu);

}  // namespace mpb
