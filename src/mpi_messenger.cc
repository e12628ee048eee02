// mptcp-bench-mpi: carries lines of text between the ranks of an experiment, over MPI. It is the
// only source that calls MPI (docs/many-hosts.md has the reasons).
//
// Each rank of mpirun is a mptcp-bench, which starts one messenger as its child. The messenger
// calls MPI_Init, and may have threads and sockets of MPI. mptcp-bench has none of them: it stays
// single-threaded, and can start processes as ever. The two exchange lines over a socket, which is
// the standard input of the messenger:
//
//   from mptcp-bench                     to mptcp-bench
//   to RANK TEXT    send it there        rank RANK of SIZE     MPI connects all ranks
//   clock RANK      compare the clocks   from RANK TEXT        RANK has sent it
//   alive           each second          clock RANK OFFSET_NS BOUND_NS
//   end             of all ranks         lost RANK WHY         no more will come from there
//                                        end                   rank 0 has ended the experiment
//
// A wait of Open MPI would use a whole CPU of a host whose load is measured. So the messenger looks
// for messages every 5 ms and sleeps in between, except while it compares clocks.
#include <fmt/format.h>
#include <mpi.h>
#include <sched.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <list>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "stats/clock_offset.hh"
#include "sys/lines.hh"

namespace {

using namespace mpb;

constexpr Nanos kLook = 5ms;
constexpr Nanos kNextQuestion = 2ms;  // without sleep, for the next question about the time
constexpr Nanos kBeat = 1s;           // between two signs of life
constexpr Nanos kSilence = 10s;       // without one: the rank is lost
constexpr Nanos kOwnSilence = 5s;     // of the mptcp-bench of this rank; then it gives no sign
constexpr unsigned kEndSeconds = 5;   // for MPI_Finalize(), in which all ranks meet
constexpr int kRounds = 50;           // of questions about the time
constexpr Nanos kClockTime = 1s;      // for all of them
// Every MPI sends messages of this size at once, without a handshake. So a receiver that does not
// receive stops no sender.
constexpr std::size_t kPiece = 2000;

enum Tag { kText, kAsk, kAnswer, kAlive, kEnd, kGone };

// A message that MPI has not sent yet.
struct Outgoing {
  std::string bytes;
  MPI_Request request;
};

struct Peer {
  std::string line;  // its beginning, as far as it has arrived
  Nanos heard{};
  bool lost = false;
};

class Mpi {
 public:
  Mpi() {
    MPI_Init(nullptr, nullptr);
    // Otherwise a peer that is gone would end this process, and nobody would read the reason.
    MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
  }

  // False if MPI knows that the rank is unreachable.
  bool send(int to, Tag tag, std::string bytes) {
    outgoing_.push_back(Outgoing{std::move(bytes), MPI_REQUEST_NULL});
    Outgoing& out = outgoing_.back();
    return MPI_Isend(out.bytes.data(), static_cast<int>(out.bytes.size()), MPI_CHAR, to, tag,
                     MPI_COMM_WORLD, &out.request) == MPI_SUCCESS;
  }

  // Forgets the messages that were sent. Those to a rank that has stopped may stay.
  void progress() {
    std::erase_if(outgoing_, [](Outgoing& out) {
      int done = 0;
      return MPI_Test(&out.request, &done, MPI_STATUS_IGNORE) != MPI_SUCCESS || done != 0;
    });
  }
  bool is_sending() const { return !outgoing_.empty(); }

  // A message that has arrived; false if there is none.
  bool receive(int from, int tag, std::string& bytes, MPI_Status& status) {
    int there = 0;
    if (MPI_Iprobe(from, tag, MPI_COMM_WORLD, &there, &status) != MPI_SUCCESS || there == 0)
      return false;
    int length = 0;
    MPI_Get_count(&status, MPI_CHAR, &length);
    bytes.resize(static_cast<std::size_t>(length));
    return MPI_Recv(bytes.data(), length, MPI_CHAR, status.MPI_SOURCE, status.MPI_TAG,
                    MPI_COMM_WORLD, &status) == MPI_SUCCESS;
  }

  int rank = 0;
  int size = 0;

 private:
  std::list<Outgoing> outgoing_;  // MPI has the addresses of its elements
};

class Messenger {
 public:
  Messenger() : lines_(Fd{STDIN_FILENO}), peers_(static_cast<std::size_t>(mpi_.size)) {
    for (Peer& peer : peers_) peer.heard = now();
    tell(fmt::format("rank {} of {}", mpi_.rank, mpi_.size));
  }

  // Returns when the experiment has ended on all ranks, or this one has lost the others or its
  // mptcp-bench; true in the first case.
  bool run() {
    while (!ended_) {
      if (const auto line = lines_.next(mpi_.is_sending() ? Nanos{0} : kLook)) {
        obey(*line);
      } else if (lines_.ended()) {
        tell_peers(kGone);
        for (const Nanos limit = now() + kBeat; mpi_.is_sending() && now() < limit;) {
          mpi_.progress();
          sched_yield();
        }
        return false;
      }
      std::string bytes;
      for (MPI_Status status; mpi_.receive(MPI_ANY_SOURCE, MPI_ANY_TAG, bytes, status);)
        take(status.MPI_SOURCE, static_cast<Tag>(status.MPI_TAG), bytes);
      mpi_.progress();
      beat();
    }
    return true;
  }

 private:
  // The ranks with which this one talks: rank 0 with all, and all with rank 0.
  bool is_peer(int rank) const { return rank != mpi_.rank && (mpi_.rank == 0 || rank == 0); }

  template <class F>
  void each_peer(const F& f) {
    for (int rank = 0; rank < mpi_.size; ++rank) {
      if (is_peer(rank)) f(rank, peers_[static_cast<std::size_t>(rank)]);
    }
  }

  void tell(const std::string& line) {
    const std::string text = line + "\n";
    for (std::size_t done = 0; done < text.size();) {
      const ssize_t n = ::write(lines_.fd(), text.data() + done, text.size() - done);
      if (n < 0 && errno != EINTR) return;  // mptcp-bench has ended, which next() reports
      if (n > 0) done += static_cast<std::size_t>(n);
    }
  }

  void tell_peers(Tag tag) {
    each_peer([&](int rank, Peer& peer) {
      if (!peer.lost) mpi_.send(rank, tag, "");
    });
  }

  void lose(int rank, Peer& peer, const std::string& why) {
    if (!std::exchange(peer.lost, true)) tell(fmt::format("lost {} {}", rank, why));
  }

  void obey(const std::string& line) {
    own_heard_ = now();
    std::istringstream words(line);
    std::string verb;
    int rank = 0;
    words >> verb >> rank;
    if (verb == "end") {
      tell_peers(kEnd);
      ended_ = true;
    } else if (verb == "to") {
      std::string text;
      std::getline(words.ignore(), text);
      text += '\n';
      for (std::size_t at = 0; at < text.size(); at += kPiece) {
        if (!mpi_.send(rank, kText, text.substr(at, kPiece)))
          return lose(rank, peers_[static_cast<std::size_t>(rank)], "cannot be reached");
      }
    } else if (verb == "clock") {
      compare_clocks(rank);
    }
  }

  void take(int rank, Tag tag, const std::string& bytes) {
    Peer& peer = peers_[static_cast<std::size_t>(rank)];
    peer.heard = now();
    switch (tag) {
      case kText:
        peer.line += bytes;
        for (std::size_t end; (end = peer.line.find('\n')) != std::string::npos;) {
          tell(fmt::format("from {} {}", rank, peer.line.substr(0, end)));
          peer.line.erase(0, end + 1);
        }
        break;
      case kAsk:
        answer_questions(rank, bytes);
        break;
      case kEnd:
        tell("end");
        ended_ = true;
        break;
      case kGone:
        lose(rank, peer, "has ended early");
        break;
      default:  // kAlive, and an answer that came too late
        break;
    }
  }

  // The next question follows within a round trip, and a sleep would make it longer.
  void answer_questions(int rank, std::string question) {
    MPI_Status status;
    do {
      mpi_.send(rank, kAnswer, fmt::format("{} {}", question, now().count()));
      mpi_.progress();
      const Nanos limit = now() + kNextQuestion;
      while (!mpi_.receive(rank, kAsk, question, status)) {
        if (now() > limit) return;
        sched_yield();
      }
    } while (true);
  }

  void compare_clocks(int rank) {
    std::vector<ClockSample> samples;
    const Nanos limit = now() + kClockTime;
    for (int round = 0; round < kRounds && now() < limit; ++round) {
      ClockSample sample{now(), {}, {}};
      mpi_.send(rank, kAsk, std::to_string(round));
      std::string answer;
      for (MPI_Status status; now() < limit; sched_yield()) {
        if (!mpi_.receive(rank, kAnswer, answer, status)) continue;
        sample.answered = now();
        std::istringstream words(answer);
        int answered = -1;
        long long time = 0;
        words >> answered >> time;
        if (answered != round) continue;  // of a comparison that took too long
        sample.other = Nanos{time};
        samples.push_back(sample);
        break;
      }
      mpi_.progress();
    }
    Peer& peer = peers_[static_cast<std::size_t>(rank)];
    const auto offset = clock_offset(samples);
    if (!offset) return lose(rank, peer, "did not tell the time of its clock within a second");
    peer.heard = now();
    tell(fmt::format("clock {} {} {}", rank, offset->offset.count(), offset->bound.count()));
  }

  void beat() {
    const Nanos time = now();
    // Rank 0 is busy between two runs, so its messenger alone speaks for it.
    const bool own_is_well = mpi_.rank == 0 || time - own_heard_ <= kOwnSilence;
    if (own_is_well && time - beaten_ >= kBeat) {
      beaten_ = time;
      tell_peers(kAlive);
    }
    each_peer([&](int rank, Peer& peer) {
      if (time - peer.heard > kSilence)
        lose(rank, peer, fmt::format("has not been heard of for {} s", kSilence / 1s));
    });
  }

  Mpi mpi_;
  LineReader lines_;
  std::vector<Peer> peers_;
  Nanos beaten_{};
  Nanos own_heard_ = now();
  bool ended_ = false;
};

}  // namespace

int main() {
  Messenger messenger;
  // mptcp-bench wants its children killed with it. Once MPI has started, this one has to tell the
  // other ranks first, and ends when its input does. If somebody stopped it, it continues then.
  prctl(PR_SET_PDEATHSIG, SIGCONT);
  if (!messenger.run()) _exit(1);  // MPI_Finalize() would wait for the ranks that are gone
  alarm(kEndSeconds);
  MPI_Finalize();
  return 0;
}
