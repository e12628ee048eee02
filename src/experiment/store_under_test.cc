#include "experiment/store_under_test.hh"

#include <poll.h>
#include <sched.h>

#include <algorithm>
#include <sstream>

#include "builtin/parser.hh"
#include "net/mptcp.hh"
#include "sys/error.hh"
#include "sys/file.hh"
#include "sys/interrupt.hh"
#include "sys/namespace.hh"
#include "sys/virtual_time.hh"

namespace mpb {

namespace {

constexpr Nanos kStartTimeout = 10s;
constexpr Nanos kProbeTimeout = 2s;

// "Redis server v=7.0.15 sha=..." and "Valkey server v=9.1.0 ..." -> "7.0.15".
std::string version_of(const std::string& program) {
  Spawn what;
  what.argv = {program, "--version"};
  const std::string text = run_captured(what, 30s).out;
  const std::size_t at = text.find("v=");
  return at == std::string::npos ? "unknown" : text.substr(at + 2, text.find(' ', at) - at - 2);
}

int major_of(const std::string& version) { return std::atoi(version.c_str()); }

struct Found {
  StoreChoice choice;
  bool installed = false;
};

Found find_store(StoreKind kind) {
  StoreChoice choice;
  choice.kind = kind;
  if (kind == StoreKind::kBuiltin) {
    choice.version = MPB_VERSION;
    choice.native_mptcp = true;
    return {choice, true};
  }
  choice.program = find_program(kind == StoreKind::kValkey ? "valkey-server" : "redis-server");
  if (choice.program.empty()) return {choice, false};
  choice.version = version_of(choice.program);
  choice.native_mptcp = kind == StoreKind::kValkey && major_of(choice.version) >= 9;
  return {choice, true};
}

bool has_mptcpize() { return !find_program("mptcpize").empty(); }

std::string title(const StoreChoice& choice) {
  if (choice.kind == StoreKind::kBuiltin) return "the built-in store";
  return std::string(choice.kind == StoreKind::kValkey ? "valkey-server " : "redis-server ") +
         choice.version;
}

// A connection made inside the store's namespace; none when it is refused or does not answer PING
// in time.
Fd probe(int netns_fd, int port, Transport transport) {
  const Address address = Address::resolve("127.0.0.1", static_cast<std::uint16_t>(port));
  const auto open_and_ping = [&]() -> Fd {
    Fd fd = open_stream(address.family(), transport);
    const Nanos deadline = now() + kProbeTimeout;
    if (!connect_start(fd.get(), address) &&
        (!wait_ready(fd.get(), POLLOUT, deadline) || take_error(fd.get()) != 0))
      return Fd{};
    const std::string_view ping = "PING\r\n";
    if (send(fd.get(), ping.data(), ping.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(ping.size()))
      return Fd{};
    char reply[64];
    if (!wait_ready(fd.get(), POLLIN, deadline)) return Fd{};
    const ssize_t n = recv(fd.get(), reply, sizeof reply, 0);
    // A store that wants a password answers -NOAUTH: it is there all the same.
    if (n <= 0 || (reply[0] != '+' && reply[0] != '-')) return Fd{};
    return fd;
  };
  return netns_fd < 0 ? open_and_ping() : inside_netns(netns_fd, open_and_ping);
}

}  // namespace

std::string to_text(StoreKind kind) {
  return kind == StoreKind::kValkey ? "valkey" : kind == StoreKind::kRedis ? "redis" : "builtin";
}

StoreChoice choose_store(const std::string& name, bool need_mptcp) {
  const auto usable = [need_mptcp](const StoreChoice& choice) {
    return !need_mptcp || choice.native_mptcp || has_mptcpize();
  };
  if (name == "auto") {
    std::string passed_over;
    for (const StoreKind kind : {StoreKind::kValkey, StoreKind::kRedis}) {
      Found found = find_store(kind);
      if (!found.installed) continue;
      if (usable(found.choice)) {
        found.choice.why = title(found.choice) + " is installed" + passed_over;
        return found.choice;
      }
      passed_over += ", " + title(found.choice) +
                     " cannot listen on MPTCP without mptcpize (apt-get install mptcpize)";
    }
    StoreChoice builtin = find_store(StoreKind::kBuiltin).choice;
    builtin.why = passed_over.empty() ? "neither valkey-server nor redis-server is installed"
                                      : passed_over.substr(2);
    return builtin;
  }
  for (const StoreKind kind : {StoreKind::kValkey, StoreKind::kRedis, StoreKind::kBuiltin}) {
    if (name != to_text(kind)) continue;
    Found found = find_store(kind);
    if (!found.installed) {
      throw CannotRun(name + "-server is not installed; run: apt-get install " + name +
                      "-server, or use --store builtin");
    }
    if (!usable(found.choice)) {
      throw CannotRun(title(found.choice) +
                      " cannot listen on MPTCP by itself; run: apt-get install mptcpize, or use "
                      "--store builtin");
    }
    found.choice.why = "asked for with --store " + name;
    return found.choice;
  }
  const std::string names[] = {"auto", "valkey", "redis", "builtin"};
  const std::string near = nearest(name, names, names + 4);
  throw BadInput("--store: unknown store \"" + name + "\"; " +
                 (near.empty() ? "choose one of auto, builtin, valkey, redis"
                               : "did you mean \"" + near + "\"?"));
}

std::vector<std::string> store_command(const StoreChoice& choice, Transport transport, int port) {
  const bool mptcp = transport == Transport::kMptcp;
  if (choice.kind == StoreKind::kBuiltin) {
    return {self_path(), "serve",
            "--bind",    "0.0.0.0",
            "--port",    std::to_string(port),
            "--proto",   std::string(to_text(transport))};
  }
  std::vector<std::string> argv;
  if (mptcp && !choice.native_mptcp) argv = {"mptcpize", "run"};
  argv.insert(argv.end(),
              {choice.program, "--port", std::to_string(port), "--bind", "0.0.0.0",
               "--protected-mode", "no", "--save", "", "--appendonly", "no", "--dir", "."});
  if (mptcp && choice.native_mptcp) argv.insert(argv.end(), {"--mptcp", "yes"});
  return argv;
}

Store::Store(const StoreChoice& choice, Transport transport, int netns_fd, int port,
             const std::vector<std::string>& more)
    : argv_(store_command(choice, transport, port)),
      netns_fd_(netns_fd),
      port_(port),
      directory_(Sandbox::scratch_directory()),
      log_(memory_file("store")) {
  argv_.insert(argv_.end(), more.begin(), more.end());
  Spawn what;
  what.argv = argv_;
  what.netns_fd = netns_fd_;
  what.cwd_fd = directory_.get();
  // The built-in one gives its privileges up by itself: it is executed from a build folder, perhaps
  // in the home of another user.
  what.unprivileged = choice.kind != StoreKind::kBuiltin;
  what.stdout_fd = log_.get();
  what.stderr_fd = log_.get();
  begin_aligned();
  child_ = spawn(what);
  const Nanos deadline = now() + kStartTimeout;
  while (!probe(netns_fd_, port_, Transport::kTcp)) {
    const std::optional<ExitStatus> status = child_.wait(10ms);
    if (status)
      throw RunFailed("the store " + status->text() + " while starting (" + command_text(argv_) +
                      "): " + last_words());
    if (now() > deadline)
      throw RunFailed("the store did not answer PING within 10 s (" + command_text(argv_) +
                      "): " + last_words());
  }
}

std::optional<ExitStatus> Store::ended() {
  if (!ended_) ended_ = child_.wait(Nanos{0});
  return ended_;
}

std::string Store::last_words() const {
  std::string text = tail_of(log_.get(), 1000);
  // The last three lines, on one: an error is one line.
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    if (!line.empty()) lines.push_back(line);
  }
  text.clear();
  for (std::size_t i = lines.size() > 3 ? lines.size() - 3 : 0; i < lines.size(); ++i)
    text += (text.empty() ? "" : " | ") + lines[i];
  return text.empty() ? "it said nothing" : text;
}

std::map<std::string, std::string> Store::configuration() const {
  const Fd fd = probe(netns_fd_, port_, Transport::kTcp);
  const std::string_view command = "CONFIG GET *\r\n";
  if (!fd || send(fd.get(), command.data(), command.size(), MSG_NOSIGNAL) < 0) return {};
  std::string reply;
  std::vector<std::string_view> words;
  const Nanos deadline = now() + kProbeTimeout;
  // An array of bulk strings, as a command is; it has some 400 words.
  while (parse_command(reply, words).status == ParsedCommand::Status::kIncomplete) {
    char chunk[16384];
    if (!wait_ready(fd.get(), POLLIN, deadline)) return {};
    const ssize_t n = recv(fd.get(), chunk, sizeof chunk, 0);
    if (n <= 0) return {};
    reply.append(chunk, static_cast<std::size_t>(n));
  }
  std::map<std::string, std::string> configuration;
  for (std::size_t i = 0; i + 1 < words.size(); i += 2) {
    // requirepass, masterauth, tls-key-file-pass: none of them is for a result that is shared.
    if (words[i].find("pass") != std::string_view::npos ||
        words[i].find("auth") != std::string_view::npos)
      continue;
    configuration.emplace(words[i], words[i + 1]);
  }
  return configuration;
}

bool Store::listens_on_mptcp() const {
  const Fd fd = probe(netns_fd_, port_, Transport::kMptcp);
  if (!fd) return false;
  const MptcpState state = mptcp_state(fd.get());
  return state.mptcp && !state.fallback;
}

}  // namespace mpb
