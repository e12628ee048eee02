#include "world/emulator.hh"

#include <fmt/format.h>
#include <unistd.h>

#include <map>
#include <memory>
#include <string_view>

#include "emu/traces.hh"
#include "sys/error.hh"
#include "sys/file.hh"
#include "sys/pipe.hh"
#include "sys/virtual_time.hh"

namespace mpb {

namespace {

// The traces as the emulator reads them: the text that has the recorded digest, even if somebody
// has changed the file since. A command line would be too short for it.
std::vector<Fd> traces_in_memory(const std::vector<LinkSpec>& links) {
  std::vector<Fd> files;
  std::map<std::string, std::shared_ptr<const Trace>> traces;
  for (const LinkSpec& link : links) {
    for (const LinkModel* model : {&link.up, &link.down})
      traces[model->trace.file] = model->trace.data;
  }
  for (const std::string& name : trace_files(links)) {
    const Fd& file = files.emplace_back(memory_file("trace"));
    for (std::string_view text = traces.at(name)->text(); !text.empty();) {
      const ssize_t written =
          check(write(file.get(), text.data(), text.size()), "writing a trace into memory");
      text.remove_prefix(static_cast<std::size_t>(written));
    }
  }
  return files;
}

}  // namespace

Emulator::Emulator(const std::vector<LinkSpec>& links, const std::vector<Fd>& tuns,
                   std::uint64_t seed, int capture)
    : log_(memory_file("emulator")) {
  argv_ = {self_path(), "link", "--links", links_to_json(links), "--seed", std::to_string(seed)};
  Pipe in;
  Pipe out;
  stdin_ = std::move(in.writer);
  answers_.emplace(std::move(out.reader));
  Spawn program;
  const std::vector<Fd> traces = traces_in_memory(links);
  if (!traces.empty()) argv_.emplace_back("--trace");
  for (const Fd& trace : traces) {
    argv_.push_back(std::to_string(trace.get()));
    program.keep_fds.push_back(trace.get());
  }
  argv_.emplace_back("--tun");
  for (const Fd& tun : tuns) {
    argv_.push_back(std::to_string(tun.get()));
    program.keep_fds.push_back(tun.get());
  }
  if (capture >= 0) {
    argv_.insert(argv_.end(), {"--capture", std::to_string(capture)});
    program.keep_fds.push_back(capture);
  }
  program.argv = argv_;
  program.stdin_fd = in.reader.get();
  program.stdout_fd = out.writer.get();
  program.stderr_fd = log_.get();
  begin_aligned();
  child_ = spawn(program);
}

std::string Emulator::ask(const std::string& command, Nanos patience) {
  const std::string line = command + "\n";
  std::optional<std::string> answer;
  // If the emulator is dead, this fails with EPIPE (main ignores SIGPIPE), or the pipe ends without
  // an answer.
  if (write(stdin_.get(), line.data(), line.size()) == static_cast<ssize_t>(line.size()))
    answer = answers_->next(patience);
  if (!answer) {
    const std::string log = tail_of(log_.get(), 400);
    throw RunFailed(fmt::format("the link emulator {}{}{}",
                                answers_->ended() ? "died" : "does not answer",
                                log.empty() ? "" : ": ", log));
  }
  return *answer;
}

Snapshot Emulator::snapshot() { return snapshot_from_json(ask("snapshot")); }

void Emulator::reset_lateness() { ask("reset-lateness"); }

void Emulator::set(const std::string& link) {
  if (const std::string reply = ask("set " + link); reply != "{}")
    throw RunFailed(fmt::format("the link emulator refused {}: {}", link, reply));
}

void Emulator::start_traces(Nanos at) { ask(fmt::format("start-traces {}", at.count())); }

CaptureReport Emulator::end_capture() { return capture_report_from_json(ask("end-capture", 60s)); }

bool Emulator::alive() { return static_cast<bool>(child_) && !child_.wait(Nanos{0}); }

}  // namespace mpb
