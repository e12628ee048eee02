#include "world/emulator.hh"

#include <fcntl.h>

#include <array>

#include "sys/error.hh"
#include "sys/file.hh"
#include "sys/virtual_time.hh"

namespace mpb {

Emulator::Emulator(const std::vector<LinkSpec>& links, const std::vector<Fd>& tuns,
                   std::uint64_t seed)
    : log_(memory_file("emulator")) {
  argv_ = {self_path(),          "link", "--links", links_to_json(links), "--seed",
           std::to_string(seed), "--tun"};
  std::array<int, 2> in{};
  std::array<int, 2> out{};
  check(pipe2(in.data(), O_CLOEXEC), "making a pipe");
  const Fd child_in{in[0]};
  stdin_ = Fd{in[1]};
  check(pipe2(out.data(), O_CLOEXEC), "making a pipe");
  answers_.emplace(Fd{out[0]});
  const Fd child_out{out[1]};
  Spawn what;
  for (const Fd& tun : tuns) {
    argv_.push_back(std::to_string(tun.get()));
    what.keep_fds.push_back(tun.get());
  }
  what.argv = argv_;
  what.stdin_fd = child_in.get();
  what.stdout_fd = child_out.get();
  what.stderr_fd = log_.get();
  begin_aligned();
  child_ = spawn(what);
}

std::string Emulator::ask(const std::string& command) {
  const std::string line = command + "\n";
  std::optional<std::string> answer;
  // A dead emulator's pipe gives EPIPE here (SIGPIPE is ignored in main), or ends without an
  // answer.
  if (write(stdin_.get(), line.data(), line.size()) == static_cast<ssize_t>(line.size()))
    answer = answers_->next(2s);
  if (!answer) {
    const std::string last_words = tail_of(log_.get(), 400);
    throw RunFailed("the link emulator " +
                    std::string(answers_->ended() ? "died" : "does not answer") +
                    (last_words.empty() ? "" : ": " + last_words));
  }
  return *answer;
}

Snapshot Emulator::snapshot() { return snapshot_from_json(ask("snapshot")); }

void Emulator::reset_lateness() { ask("reset-lateness"); }

void Emulator::set(const std::string& link) {
  if (const std::string said = ask("set " + link); said != "{}")
    throw RunFailed("the link emulator does not take " + link + ": " + said);
}

bool Emulator::alive() { return static_cast<bool>(child_) && !child_.wait(Nanos{0}); }

}  // namespace mpb
