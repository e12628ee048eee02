// The load hosts of an experiment that mpirun started: rank 0, which runs the experiment, and the
// others, which serve it (rank_server.hh).
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "experiment/load_host.hh"
#include "experiment/messenger.hh"
#include "experiment/rank_words.hh"
#include "result/environment.hh"

namespace mpb {

// For rank 0, and one thread. The functions throw RankLost if a rank is lost, with its name.
class Ranks {
 public:
  // Waits until every rank has reported its host.
  explicit Ranks(const MpiPlace& place);
  ~Ranks();  // ends the others
  Ranks(const Ranks&) = delete;
  Ranks& operator=(const Ranks&) = delete;

  // One for each rank. This object must outlive them.
  LoadHosts hosts();

  // In the order of the ranks, with the fields that differ from those of rank 0.
  std::vector<RankRecord> records() const;

  int new_load() { return ++loads_; }
  bool is_lost(int rank) const { return at(rank).lost; }
  const std::string& name(int rank) const { return at(rank).host.name; }
  void send(int rank, const RankLine& line) { messenger_.send(rank, to_text(line)); }
  std::optional<RankLine> next(int rank, Nanos wait);
  ClockOffset clock(int rank);

 private:
  struct Rank {
    RankRecord host;
    std::deque<RankLine> lines;  // that have arrived
    std::optional<ClockOffset> clock;
    bool lost = false;
  };
  Rank& at(int rank) { return ranks_[static_cast<std::size_t>(rank)]; }
  const Rank& at(int rank) const { return ranks_[static_cast<std::size_t>(rank)]; }
  bool receive(Nanos wait);  // one message; false if none arrives in time
  [[noreturn]] void lose(int rank, const std::string& why);

  Messenger messenger_;
  std::vector<Rank> ranks_;
  int loads_ = 0;
  bool broken_ = false;  // not all ranks are there any more
};

}  // namespace mpb
