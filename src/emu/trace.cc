#include "emu/trace.hh"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <charconv>
#include <cmath>
#include <iterator>
#include <string_view>

#include "sys/error.hh"
#include "sys/escape.hh"
#include "sys/sha256.hh"

namespace mpb {

namespace {

// A line of a stranger in a message.
std::string shown(std::string_view text) {
  constexpr std::size_t kMost = 40;
  return for_terminal(std::string(text.substr(0, kMost)) + (text.size() > kMost ? "..." : ""));
}

// The lines of a text, without their ends, one at a time.
class Lines {
 public:
  Lines(std::string_view text, const std::string& name) : rest_(text), name_(name) {}

  bool next() {
    if (rest_.empty()) return false;
    const std::size_t end = rest_.find('\n');
    line_ = rest_.substr(0, end);
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
    if (line_.ends_with('\r')) line_.remove_suffix(1);
    ++number_;
    return true;
  }
  std::string_view line() const { return line_; }
  bool is_last() const { return rest_.empty(); }

  [[noreturn]] void refuse(const std::string& why) const {
    throw BadInput(fmt::format("{}: line {}: {}", name_, number_, why));
  }

 private:
  std::string_view rest_;
  std::string_view line_;
  const std::string& name_;
  std::size_t number_ = 0;
};

std::vector<std::string_view> cells_of(std::string_view line) {
  std::vector<std::string_view> cells;
  for (std::size_t comma = 0; comma != std::string_view::npos;) {
    comma = line.find(',');
    std::string_view cell = line.substr(0, comma);
    while (cell.starts_with(' ')) cell.remove_prefix(1);
    while (cell.ends_with(' ')) cell.remove_suffix(1);
    cells.push_back(cell);
    if (comma != std::string_view::npos) line.remove_prefix(comma + 1);
  }
  return cells;
}

Nanos seconds_from(const Lines& lines, std::string_view text) {
  double time = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, time);
  if (error != std::errc{} || rest != end || !std::isfinite(time) || time < 0)
    lines.refuse(fmt::format("time: \"{}\" is not a number of seconds; write 0, 0.1, 15 and so on",
                             shown(text)));
  if (time > seconds(kTraceBounds.period))
    lines.refuse(fmt::format("time: {} s is after {}; a trace is at most so long", shown(text),
                             to_text(kTraceBounds.period)));
  return Nanos{std::llround(time * 1e9)};
}

// The columns of a row, read by the parsers of scenario files.
template <class Read>
auto cell_from(const Lines& lines, const char* column, std::string_view text, Read read) {
  try {
    return read(text);
  } catch (const BadInput& error) {
    lines.refuse(fmt::format("{}: {}", column, for_terminal(error.what())));
  }
}

BitsPerSecond rate_from(std::string_view text) {
  const BitsPerSecond rate = parse_rate(text);
  if (rate.count != 0 && (rate < kLinkBounds.slowest || rate > kLinkBounds.fastest)) {
    throw BadInput(fmt::format("\"{}\" is neither 0bit nor between {} and {}", shown(text),
                               to_text(kLinkBounds.slowest), to_text(kLinkBounds.fastest)));
  }
  return rate;
}

Nanos delay_from(std::string_view text) {
  const Nanos delay = parse_duration(text);
  if (delay > kLinkBounds.delay)
    throw BadInput(
        fmt::format("\"{}\" is longer than {}", shown(text), to_text(kLinkBounds.delay)));
  return delay;
}

constexpr std::string_view kHeaders[] = {"time,rate", "time,rate,delay", "time,rate,loss",
                                         "time,rate,delay,loss"};

}  // namespace

Trace::Trace(std::string text, const std::string& name) : text_(std::move(text)), name_(name) {
  Sha256 digest;
  digest.add(text_);
  sha256_ = digest.hex();
  const char first = text_.empty() ? '\0' : text_.front();
  if (first >= '0' && first <= '9') {
    read_opportunities();
  } else {
    read_rates();
  }
  add_up();
  const double mean = total_ * 8 / seconds(period_);
  if (mean < static_cast<double>(kLinkBounds.slowest.count) ||
      mean > static_cast<double>(kLinkBounds.fastest.count)) {
    throw BadInput(fmt::format("{}: its mean rate of {:.0f} bit/s is not between {} and {}", name,
                               mean, to_text(kLinkBounds.slowest), to_text(kLinkBounds.fastest)));
  }
}

void Trace::read_opportunities() {
  kind_ = Kind::kOpportunities;
  std::int64_t at_start = 0;
  for (Lines lines(text_, name_); lines.next();) {
    std::int64_t ms = 0;
    const std::string_view line = lines.line();
    const char* const end = line.data() + line.size();
    const auto [rest, error] = std::from_chars(line.data(), end, ms);
    if (error != std::errc{} || rest != end || ms < 0)
      lines.refuse(fmt::format(
          "\"{}\" is not a number of milliseconds; a trace of mahimahi has one on each line",
          shown(line)));
    if (ms > kTraceBounds.period / 1ms)
      lines.refuse(fmt::format("{} ms is after {}; a trace is at most so long", ms,
                               to_text(kTraceBounds.period)));
    const Nanos at = ms * 1ms;
    if (at < period_)
      lines.refuse(
          fmt::format("{} ms is before the line above; put the lines in order of time", ms));
    period_ = at;
    if (at == 0ns) {
      at_start += kOpportunity.count;
    } else if (!steps_.empty() && steps_.back().at == at) {
      steps_.back().amount += kOpportunity.count;
    } else {
      if (steps_.size() == kTraceBounds.steps)
        lines.refuse(fmt::format("has more than {} different times; use a shorter trace",
                                 kTraceBounds.steps));
      steps_.push_back({.at = at, .amount = kOpportunity.count});
    }
  }
  if (steps_.empty())
    throw BadInput(
        fmt::format("{}: ends at 0 ms; the last line is the length of the trace", name_));
  steps_.back().amount += at_start;
}

void Trace::read_rates() {
  kind_ = Kind::kRates;
  Lines lines(text_, name_);
  if (!lines.next() ||
      std::find(std::begin(kHeaders), std::end(kHeaders), lines.line()) == std::end(kHeaders)) {
    throw BadInput(fmt::format(
        "{}: line 1: \"{}\" is neither a number of milliseconds (mahimahi) nor one of the headers "
        "{}",
        name_, shown(lines.line()), fmt::join(kHeaders, " | ")));
  }
  has_delay_ = lines.line().find("delay") != std::string_view::npos;
  has_loss_ = lines.line().find("loss") != std::string_view::npos;
  const std::size_t columns = 2 + (has_delay_ ? 1 : 0) + (has_loss_ ? 1 : 0);
  while (lines.next()) {
    const std::vector<std::string_view> cells = cells_of(lines.line());
    const Nanos at = seconds_from(lines, cells.front());
    if (steps_.empty() && at != 0ns) lines.refuse("time: the first row has to begin at 0");
    if (!steps_.empty() && at < steps_.back().at + kTraceBounds.shortest_step)
      lines.refuse(fmt::format("time: {} is not {} after the row above", shown(cells.front()),
                               to_text(kTraceBounds.shortest_step)));
    if (cells.size() == 2 && cells[1] == "repeat" && !steps_.empty()) {
      if (!lines.is_last()) lines.refuse("no row can follow \"repeat\"");
      period_ = at;
      return;
    }
    if (cells.size() != columns)
      lines.refuse(fmt::format("has {} column{}, but the header has {}", cells.size(),
                               cells.size() == 1 ? "" : "s", columns));
    if (steps_.size() == kTraceBounds.steps)
      lines.refuse(fmt::format("has more than {} rows; use a shorter trace", kTraceBounds.steps));
    Step step{.at = at, .amount = cell_from(lines, "rate", cells[1], rate_from).count};
    if (has_delay_) step.delay = cell_from(lines, "delay", cells[2], delay_from);
    if (has_loss_) step.loss = cell_from(lines, "loss", cells.back(), parse_percent);
    steps_.push_back(step);
  }
  throw BadInput(fmt::format(
      "{}: has no end; write a last row such as \"60,repeat\": the time in seconds at which the "
      "trace starts again",
      name_));
}

void Trace::add_up() {
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    before_.push_back(total_);
    const auto amount = static_cast<double>(steps_[i].amount);
    const Nanos end = i + 1 < steps_.size() ? steps_[i + 1].at : period_;
    total_ += kind_ == Kind::kOpportunities ? amount : amount / 8 * seconds(end - steps_[i].at);
  }
}

Bytes Trace::counted(Bytes frame) const {
  if (kind_ == Kind::kRates) return frame;
  return {frame.count - kEthernetHeader.count + kMahimahiHeader.count};
}

std::size_t Trace::index_at(Nanos t) const {
  const auto after = std::upper_bound(steps_.begin(), steps_.end(), t,
                                      [](Nanos time, const Step& step) { return time < step.at; }) -
                     steps_.begin();
  return static_cast<std::size_t>(after) - (kind_ == Kind::kRates ? 1 : 0);
}

double Trace::counted_until(Nanos t) const {
  std::int64_t cycles = t / period_;
  if (t < period_ * cycles) --cycles;
  const Nanos rest = t - cycles * period_;
  const std::size_t i = index_at(rest);
  const double done = static_cast<double>(cycles) * total_ + before_[i];
  if (kind_ == Kind::kOpportunities) return done;
  return done + static_cast<double>(steps_[i].amount) / 8 * seconds(rest - steps_[i].at);
}

double Trace::capacity(Nanos from, Nanos to, Bytes mtu) const {
  const Bytes frame{mtu.count + kEthernetHeader.count};
  return (counted_until(to) - counted_until(from)) * static_cast<double>(frame.count) /
         static_cast<double>(counted(frame).count);
}

BitsPerSecond Trace::mean_rate(Bytes mtu) const {
  return {std::llround(capacity(0ns, period_, mtu) * 8 / seconds(period_))};
}

Nanos Trace::longest_pause() const {
  if (kind_ == Kind::kOpportunities) {
    Nanos longest = steps_.front().at;
    for (std::size_t i = 1; i < steps_.size(); ++i)
      longest = std::max(longest, steps_[i].at - steps_[i - 1].at);
    return longest;
  }
  // Twice, because a pause may last from the end of the trace into its start.
  Nanos longest{}, pause{};
  for (std::size_t i = 0; i < 2 * steps_.size(); ++i) {
    const std::size_t k = i % steps_.size();
    const Nanos end = k + 1 < steps_.size() ? steps_[k + 1].at : period_;
    pause = steps_[k].amount == 0 ? pause + end - steps_[k].at : 0ns;
    longest = std::max(longest, pause);
  }
  return longest;
}

Nanos Trace::least_delay() const {
  return std::min_element(steps_.begin(), steps_.end(),
                          [](const Step& a, const Step& b) { return a.delay < b.delay; })
      ->delay;
}

Nanos Trace::most_delay() const {
  return std::max_element(steps_.begin(), steps_.end(),
                          [](const Step& a, const Step& b) { return a.delay < b.delay; })
      ->delay;
}

double Trace::mean_loss(Nanos from, Nanos to) const {
  if (!has_loss_) return 0;
  double sum = 0;
  for (Nanos t = from; t < to;) {
    const Nanos start = t / period_ * period_;
    const std::size_t i = index_at(t - start);
    const Nanos end = std::min(to, start + (i + 1 < steps_.size() ? steps_[i + 1].at : period_));
    sum += steps_[i].loss * seconds(end - t);
    t = end;
  }
  return sum / seconds(to - from);
}

TraceRange range_of(const Trace& trace, Nanos window, Bytes mtu) {
  constexpr Nanos kTenth = 100ms;
  const auto rate = [&](Nanos from, Nanos to) {
    return trace.capacity(from, to, mtu) * 8 / seconds(to - from);
  };
  TraceRange range{.mean_bps = rate(0ns, window), .least_bps = HUGE_VAL, .most_bps = 0};
  // The last part may be longer, so that none is too short to mean anything.
  for (Nanos from{}; from == 0ns || from + kTenth <= window; from += kTenth) {
    const Nanos to = from + 2 * kTenth > window ? window : from + kTenth;
    range.least_bps = std::min(range.least_bps, rate(from, to));
    range.most_bps = std::max(range.most_bps, rate(from, to));
  }
  return range;
}

// Two references are equal if their files have the same name and content.
bool TraceRef::operator==(const TraceRef& other) const {
  return file == other.file &&
         (data ? data->sha256() : "") == (other.data ? other.data->sha256() : "");
}

}  // namespace mpb
