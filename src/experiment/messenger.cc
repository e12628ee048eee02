#include "experiment/messenger.hh"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/utsname.h>

#include <array>
#include <cstdlib>
#include <sstream>

#include "sys/error.hh"
#include "sys/file.hh"

namespace mpb {

namespace {

constexpr Nanos kConnectTime = 60s;

std::optional<int> number_in(const char* variable) {
  const char* text = std::getenv(variable);
  if (text == nullptr) return std::nullopt;
  std::istringstream in(text);
  int number = 0;
  return in >> number && number >= 0 ? std::optional(number) : std::nullopt;
}

// A message of the protocol. Anything else is a fault of ours: both programs are one build.
RankMessage parse(const std::string& line) {
  std::istringstream words(line);
  std::string verb;
  RankMessage message;
  words >> verb >> message.rank;
  if (verb == "end") {
    message.kind = RankMessage::Kind::kEnd;
    return message;
  }
  if (verb == "clock") {
    long long offset = 0, bound = 0;
    words >> offset >> bound;
    message.kind = RankMessage::Kind::kClock;
    message.clock = {Nanos{offset}, Nanos{bound}};
  } else if (verb == "from" || verb == "lost") {
    if (verb == "lost") message.kind = RankMessage::Kind::kLost;
    std::getline(words.ignore(), message.text);
  }
  return message;
}

}  // namespace

std::optional<MpiPlace> mpi_place() {
  const std::optional<int> size = number_in("OMPI_COMM_WORLD_SIZE");
  const std::optional<int> rank = number_in("OMPI_COMM_WORLD_RANK");
  if (!size || !rank || *size < 2) return std::nullopt;
  return MpiPlace{*rank, *size, number_in("OMPI_COMM_WORLD_LOCAL_RANK").value_or(0) == 0};
}

std::string other_launcher() {
  // A script of sbatch has SLURM_NTASKS too, but only srun counts the tasks of a step.
  if (number_in("SLURM_STEP_NUM_TASKS").value_or(1) > 1) return "srun";
  if (number_in("PMI_SIZE").value_or(1) > 1) return "an mpirun that is not Open MPI's";
  return "";
}

std::string messenger_program() { return helper_program("mptcp-bench-mpi"); }

std::string host_name() {
  utsname uts{};
  uname(&uts);
  return uts.nodename;
}

Messenger::Messenger(const MpiPlace& place) {
  std::array<int, 2> ends{};
  check(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), "making a socket pair");
  lines_.emplace(Fd{ends[0]});
  const Fd theirs{ends[1]};
  // If the other side is stopped, a write ends all the same.
  const timeval limit{10, 0};
  for (const int end : ends)
    check(setsockopt(end, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit), "limiting a write");
  Spawn program;
  program.argv = {messenger_program()};
  program.stdin_fd = theirs.get();
  program_ = spawn(program);
  const Nanos deadline = now() + kConnectTime;
  while (now() < deadline) {
    if (lines_->next(100ms)) return;  // "rank 0 of 8"
    if (!lines_->ended()) continue;
    const std::optional<ExitStatus> status = program_.wait(1s);
    throw RankLost(fmt::format("MPI did not start on this rank: {} {}", messenger_program(),
                               status ? status->text() : "does not answer"));
  }
  throw RankLost(
      fmt::format("MPI did not connect the {} ranks within {} s: a rank has not started, or Open "
                  "MPI cannot reach its host",
                  place.size, kConnectTime / 1s));
}

void Messenger::write(const std::string& line) {
  const std::string text = line + "\n";
  for (std::size_t done = 0; done < text.size();) {
    const ssize_t n = ::write(lines_->fd(), text.data() + done, text.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw RankLost("the connection of this rank to MPI is broken");
    done += static_cast<std::size_t>(n);
  }
}

void Messenger::send(int rank, const std::string& text) {
  write(fmt::format("to {} {}", rank, text));
}

void Messenger::ask_clock(int rank) { write(fmt::format("clock {}", rank)); }

std::optional<RankMessage> Messenger::next(Nanos wait) {
  if (const std::optional<std::string> line = lines_->next(wait)) return parse(*line);
  if (!lines_->ended()) return std::nullopt;
  const std::optional<ExitStatus> status = program_.wait(1s);
  throw RankLost(fmt::format("the connection of this rank to MPI has ended: mptcp-bench-mpi {}",
                             status ? status->text() : "closed it"));
}

void Messenger::end(Nanos patience) noexcept {
  constexpr std::string_view kEnd = "end\n";
  if (::write(lines_->fd(), kEnd.data(), kEnd.size()) < 0) return;
  try {
    program_.wait(patience);
  } catch (const std::exception&) {  // the child is killed with its object
  }
}

}  // namespace mpb
