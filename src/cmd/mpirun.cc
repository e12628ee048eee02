#include "cmd/mpirun.hh"

#include <fmt/format.h>
#include <time.h>

#include "experiment/rank_server.hh"
#include "sys/error.hh"
#include "sys/interrupt.hh"

namespace mpb {

std::optional<MpiPlace> place_of(const CommandWords& words) {
  // add_bench() refuses options before the name of another command, so that name comes first.
  const bool is_main = words.options.empty() || words.options[0].starts_with('-');
  if (!is_main) return std::nullopt;
  const std::optional<MpiPlace> place = mpi_place();
  if (const std::string launcher = place ? "" : other_launcher(); !launcher.empty())
    throw BadInput(fmt::format(
        "{} started several processes, each of which would run an experiment of its "
        "own; start them with mpirun of Open MPI, which also works within a job of Slurm",
        launcher));
  return place;
}

bool can_join(const MpiPlace& place) {
  if (!messenger_program().empty()) return true;
  // One sentence is enough, and mpirun ends all others once one of them has ended.
  if (!place.first_of_host) {
    const timespec a_second{1, 0};
    nanosleep(&a_second, nullptr);
    return false;
  }
  throw BadInput(
      fmt::format("mpirun started {} processes, but mptcp-bench on {} was built without MPI, so "
                  "each would run an experiment of its own; build it with Open MPI (Debian: "
                  "libopenmpi-dev, then meson configure build -Dmpi=enabled), or start it without "
                  "mpirun",
                  place.size, host_name()));
}

int serve(const MpiPlace& place) {
  // mpirun sends SIGTERM to all ranks, and SIGKILL a second later, or as soon as one has ended. So
  // this one waits until rank 0 has removed the keys and ends it.
  const FinishFirst finish("");
  try {
    serve_rank(place);
  } catch (const std::exception& error) {
    throw RunFailed(fmt::format("rank {} on {}: {}", place.rank, host_name(), error.what()));
  }
  return kOk;
}

}  // namespace mpb
