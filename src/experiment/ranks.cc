#include "experiment/ranks.hh"

#include <fmt/format.h>

#include <algorithm>

#include "experiment/process_host.hh"
#include "sys/interrupt.hh"

namespace mpb {

namespace {

constexpr Nanos kHelloTime = 30s;
// mptcp-bench-mpi takes a second at most.
constexpr Nanos kClockTime = 5s;

class RankHost : public LoadHost {
 public:
  RankHost(Ranks& ranks, int rank) : ranks_(ranks), rank_(rank) {}

  std::string name() const override { return ranks_.name(rank_); }

  void start(const CommandLine& argv) override {
    load_ = ranks_.new_load();
    end_.reset();
    ranks_.send(rank_, {"start", load_, command_json(argv)});
  }

  std::optional<std::string> next(Nanos wait) override {
    const Nanos deadline = now() + wait;
    while (!end_) {
      const auto line = ranks_.next(rank_, std::max(deadline - now(), Nanos{0}));
      if (!line) break;
      if (line->load != load_) continue;
      if (line->verb == "out") return line->text;
      if (line->verb == "ended") end_ = end_from(line->text);
    }
    return std::nullopt;
  }

  bool ended() override { return end_.has_value(); }
  void send(const std::string& line) override { ranks_.send(rank_, {"line", load_, line}); }
  LoadEnd end() override { return end_.value_or(LoadEnd{}); }

  // Waits for the answer, because a load that still ran would write keys that were just removed.
  void stop(Nanos patience) noexcept override {
    constexpr Nanos kAnswer = 1s;
    // mpirun sends a signal to all ranks, and kills this one a second later. The answers of all of
    // them may take this part of that second.
    constexpr Nanos kAnswerToSignal = 200ms;
    if (ranks_.is_lost(rank_)) return;
    try {
      ranks_.send(rank_, {"stop", load_, std::to_string(patience / 1ms)});
      const Nanos limit =
          now() + (interrupted() ? kAnswerToSignal - interrupted_for() : patience + kAnswer);
      while (!end_ && now() < limit) next(limit - now());
    } catch (const std::exception&) {  // the next call reports that the rank is lost
    }
  }

  std::optional<ClockOffset> clock() override { return ranks_.clock(rank_); }

 private:
  Ranks& ranks_;
  int rank_;
  int load_ = 0;
  std::optional<LoadEnd> end_;
};

}  // namespace

Ranks::Ranks(const MpiPlace& place)
    : messenger_(place), ranks_(static_cast<std::size_t>(place.size)) {
  ranks_[0].host = describe_rank(0);
  for (int rank = 1; rank < place.size; ++rank) at(rank).host.name = fmt::format("rank {}", rank);
  const Nanos deadline = now() + kHelloTime;
  for (int rank = 1; rank < place.size; ++rank) {
    const std::optional<RankLine> hello = next(rank, deadline - now());
    if (!hello) lose(rank, fmt::format("did not report its host within {} s", kHelloTime / 1s));
    at(rank).host = rank_from(hello->text);
  }
}

// The ranks meet at the end, unless one is missing or a signal leaves no time for it.
Ranks::~Ranks() {
  constexpr Nanos kToSendIt = 100ms;
  messenger_.end(broken_ || interrupted() ? kToSendIt : kEndTime);
}

LoadHosts Ranks::hosts() {
  LoadHosts hosts;
  hosts.push_back(std::make_unique<ProcessHost>(name(0), -1));
  for (int rank = 1; rank < static_cast<int>(ranks_.size()); ++rank)
    hosts.push_back(std::make_unique<RankHost>(*this, rank));
  return hosts;
}

std::vector<RankRecord> Ranks::records() const {
  std::vector<RankRecord> records;
  for (const Rank& rank : ranks_) records.push_back(differences(rank.host, ranks_[0].host));
  return records;
}

void Ranks::lose(int rank, const std::string& why) {
  at(rank).lost = true;
  broken_ = true;
  throw RankLost(fmt::format("{} {}", name(rank), why));
}

bool Ranks::receive(Nanos wait) {
  std::optional<RankMessage> message;
  try {
    message = messenger_.next(wait);
  } catch (const RankLost&) {
    broken_ = true;
    throw;
  }
  if (!message) return false;
  switch (message->kind) {
    case RankMessage::Kind::kText:
      at(message->rank).lines.push_back(parse_rank_line(message->text));
      break;
    case RankMessage::Kind::kClock:
      at(message->rank).clock = message->clock;
      break;
    case RankMessage::Kind::kLost:
      lose(message->rank, message->text);
    case RankMessage::Kind::kEnd:  // only rank 0 sends it
      break;
  }
  return true;
}

std::optional<RankLine> Ranks::next(int rank, Nanos wait) {
  const Nanos deadline = now() + wait;
  std::deque<RankLine>& lines = at(rank).lines;
  while (lines.empty()) {
    const bool any = receive(std::clamp(deadline - now(), Nanos{0}, Nanos{100ms}));
    if (!any && now() >= deadline) return std::nullopt;
  }
  RankLine line = std::move(lines.front());
  lines.pop_front();
  return line;
}

ClockOffset Ranks::clock(int rank) {
  std::optional<ClockOffset>& clock = at(rank).clock;
  clock.reset();
  messenger_.ask_clock(rank);
  for (const Nanos deadline = now() + kClockTime; !clock;) {
    if (now() > deadline) lose(rank, "did not tell the time of its clock");
    receive(100ms);
    stop_if_interrupted();
  }
  return *clock;
}

}  // namespace mpb
