// The connection to the other ranks of an experiment that Open MPI's mpirun started.
//
// Each rank is a mptcp-bench; rank 0 runs the experiment, and all send load. The MPI part is a
// separate program, mptcp-bench-mpi, which is started as a child (src/mpi_messenger.cc has the
// protocol). This process therefore never calls MPI, has no threads of it, and may start processes
// as ever. Rank 0 exchanges lines with all others, which exchange them with rank 0 only.
#pragma once

#include <optional>
#include <stdexcept>
#include <string>

#include "stats/clock_offset.hh"
#include "sys/lines.hh"
#include "sys/process.hh"

namespace mpb {

// The place of this process among those that mpirun started.
struct MpiPlace {
  int rank = 0;
  int size = 1;
  bool first_of_host = true;
};

// From the environment that Open MPI's mpirun gives its processes; nothing if it did not start this
// one, or started only one.
std::optional<MpiPlace> mpi_place();

// Another launcher that started this process as one of several, by its environment: "srun" or
// "an mpirun that is not Open MPI's". "" without one.
std::string other_launcher();

// The program that speaks MPI: next to this one, or where it was installed; "" if the build has no
// MPI.
std::string messenger_program();

// The name of this host, as uname(2) gives it.
std::string host_name();

// Another rank has ended, or does not answer. No further run is possible.
class RankLost : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct RankMessage {
  enum class Kind { kText, kClock, kLost, kEnd };
  Kind kind = Kind::kText;
  int rank = 0;      // that sent it, or that it is about
  std::string text;  // kText, and the reason of kLost
  ClockOffset clock{};
};

// For the program to end after all ranks have met, for which it gives itself 5 s.
inline constexpr Nanos kEndTime = 6s;

// For one thread. Every wait has a limit.
class Messenger {
 public:
  // Waits until MPI has connected all ranks. Throws RankLost if that takes longer than a minute.
  explicit Messenger(const MpiPlace& place);

  // `text` is one line. Throws RankLost if the program has ended.
  void send(int rank, const std::string& text);
  // This process is well, which the other ranks hear. Without it for 5 s, they hear nothing.
  void beat() { write("alive"); }
  // Asks for a kClock: the clock of that rank compared with ours. It does not come within a window.
  void ask_clock(int rank);

  // Nothing if no message arrives in time. Throws RankLost if the program has ended.
  std::optional<RankMessage> next(Nanos wait);

  // Ends the experiment on all ranks (rank 0), and gives the program this time to end by itself.
  void end(Nanos patience) noexcept;

  int fd() const { return lines_->fd(); }

 private:
  void write(const std::string& line);

  Child program_;
  std::optional<LineReader> lines_;
};

}  // namespace mpb
