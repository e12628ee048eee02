#include "experiment/store_under_test.hh"

#include <fmt/format.h>
#include <poll.h>
#include <sched.h>

#include <algorithm>
#include <sstream>

#include "builtin/parser.hh"
#include "net/mptcp.hh"
#include "net/mptcpify.hh"
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

// Nothing if it is not installed.
std::optional<StoreChoice> find_store(StoreKind kind) {
  StoreChoice choice;
  choice.kind = kind;
  if (kind == StoreKind::kBuiltin) {
    choice.version = MPB_VERSION;
    choice.native_mptcp = true;
    return choice;
  }
  choice.program = find_program(kind == StoreKind::kValkey ? "valkey-server" : "redis-server");
  if (choice.program.empty()) return std::nullopt;
  choice.version = version_of(choice.program);
  choice.native_mptcp = kind == StoreKind::kValkey && major_of(choice.version) >= 9;
  return choice;
}

bool has_mptcpize() { return !find_program("mptcpize").empty(); }

std::string name_and_version(const StoreChoice& choice) {
  if (choice.kind == StoreKind::kBuiltin) return "the built-in store";
  return fmt::format("{}-server {}", to_text(choice.kind), choice.version);
}

bool is_usable(const StoreChoice& choice, bool need_mptcp) {
  return !need_mptcp || choice.native_mptcp || has_mptcpize();
}

// The first installed store that can do it, in the order valkey, redis, builtin.
StoreChoice choose_automatically(bool need_mptcp) {
  std::string passed_over;
  for (const StoreKind kind : {StoreKind::kValkey, StoreKind::kRedis}) {
    std::optional<StoreChoice> found = find_store(kind);
    if (!found) continue;
    if (is_usable(*found, need_mptcp)) {
      found->why = fmt::format("{} is installed{}", name_and_version(*found), passed_over);
      return *found;
    }
    passed_over +=
        fmt::format(", {} cannot listen on MPTCP without mptcpize (apt-get install mptcpize)",
                    name_and_version(*found));
  }
  StoreChoice builtin = *find_store(StoreKind::kBuiltin);
  builtin.why = passed_over.empty() ? "neither valkey-server nor redis-server is installed"
                                    : passed_over.substr(2);
  return builtin;
}

// Connects inside the store's namespace and sends PING. The result is empty if the connection is
// refused or nothing answers in time.
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
    // A store that wants a password answers -NOAUTH, but it does answer.
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
  if (name == "auto") return choose_automatically(need_mptcp);
  for (const StoreKind kind : {StoreKind::kValkey, StoreKind::kRedis, StoreKind::kBuiltin}) {
    if (name != to_text(kind)) continue;
    std::optional<StoreChoice> found = find_store(kind);
    if (!found) {
      throw CannotRun(fmt::format(
          "{0}-server is not installed; run: apt-get install {0}-server, or use --store builtin",
          name));
    }
    if (!is_usable(*found, need_mptcp)) {
      throw CannotRun(
          fmt::format("{} cannot listen on MPTCP by itself; run: apt-get install "
                      "mptcpize, or use --store builtin",
                      name_and_version(*found)));
    }
    found->why = fmt::format("asked for with --store {}", name);
    return *found;
  }
  const std::string names[] = {"auto", "valkey", "redis", "builtin"};
  const std::string near = nearest(name, names, names + 4);
  throw BadInput(fmt::format("--store: unknown store \"{}\"; {}", name,
                             near.empty() ? "choose one of auto, builtin, valkey, redis"
                                          : fmt::format("did you mean \"{}\"?", near)));
}

void check_store_mptcp(const StoreChoice& choice, StoreMptcp mptcp) {
  const std::string store = name_and_version(choice);
  if (mptcp == StoreMptcp::kNative && !choice.native_mptcp) {
    throw BadInput(fmt::format(
        "store-mptcp=native: {} has no option for MPTCP; install Valkey 9 or later, or leave this "
        "value out",
        store));
  }
  const bool mptcpify = mptcp == StoreMptcp::kMptcpify;
  if (mptcp != StoreMptcp::kMptcpize && !mptcpify) return;
  if (choice.kind == StoreKind::kBuiltin) {
    throw BadInput(
        fmt::format("store-mptcp={}: {} is MPTCP by itself; add --store valkey or --store redis",
                    mptcpify ? "mptcpify" : "mptcpize", store));
  }
  if (const std::string why = mptcpify ? why_no_mptcpify() : ""; !why.empty()) {
    throw CannotRun(fmt::format(
        "store-mptcp=mptcpify: {}; use mptcpize, or a virtual machine (tests/vm/README.md)", why));
  }
  if (!mptcpify && !has_mptcpize()) {
    throw CannotRun(
        "store-mptcp=mptcpize: mptcpize is not installed; run: apt-get install mptcpize");
  }
}

std::string listener_reason(const StoreChoice& choice) {
  const std::string store = name_and_version(choice);
  if (choice.kind == StoreKind::kBuiltin)
    return fmt::format("the listener of {} is not MPTCP", store);
  if (choice.mptcp == StoreMptcp::kMptcpify)
    return fmt::format("mptcpify did not make the listener of {} MPTCP; use mptcpize", store);
  if (!choice.uses_mptcpize())
    return fmt::format("the listener of {} is not MPTCP; use another version, or --store builtin",
                       store);
  return fmt::format(
      "mptcpize run did not make the listener of {} MPTCP; use Valkey 9 or later, which has the "
      "option --mptcp yes, or --store builtin",
      store);
}

std::vector<std::string> store_command(const StoreChoice& choice, Transport transport, int port) {
  const bool mptcp = transport == Transport::kMptcp;
  if (choice.kind == StoreKind::kBuiltin) {
    return {self_path(), "serve",
            "--bind",    choice.ipv6 ? "::" : "0.0.0.0",
            "--port",    std::to_string(port),
            "--proto",   std::string(to_text(transport))};
  }
  std::vector<std::string> argv;
  if (mptcp && choice.uses_mptcpize()) argv = {"mptcpize", "run"};
  if (mptcp && choice.mptcp == StoreMptcp::kMptcpify) argv = {self_path(), "mptcpify", "--"};
  argv.insert(argv.end(), {choice.program, "--port", std::to_string(port), "--bind", "0.0.0.0"});
  if (choice.ipv6) argv.emplace_back("::");
  argv.insert(argv.end(),
              {"--protected-mode", "no", "--save", "", "--appendonly", "no", "--dir", "."});
  if (mptcp && !choice.needs_no_option()) argv.insert(argv.end(), {"--mptcp", "yes"});
  return argv;
}

std::vector<std::string> words_for_connections(const StoreChoice& choice, int connections) {
  constexpr int kDefault = 10'000, kFurther = 32;  // for probes, the fill and the pulse
  if (choice.kind == StoreKind::kBuiltin || connections + kFurther <= kDefault) return {};
  return {"--maxclients", std::to_string(connections + kFurther)};
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
  // Our own program gives its privileges up by itself. It may be executed from a build folder in
  // the home of another user, which an unprivileged process cannot read.
  what.unprivileged = argv_[0] != self_path();
  what.stdout_fd = log_.get();
  what.stderr_fd = log_.get();
  begin_aligned();
  child_ = spawn(what);
  const Nanos deadline = now() + kStartTimeout;
  while (!probe(netns_fd_, port_, Transport::kTcp)) {
    const std::optional<ExitStatus> status = child_.wait(10ms);
    if (status)
      throw RunFailed(fmt::format("the store {} while starting ({}): {}", status->text(),
                                  command_text(argv_), last_words()));
    if (now() > deadline)
      throw RunFailed(fmt::format("the store did not answer PING within {} ({}): {}",
                                  to_text(kStartTimeout), command_text(argv_), last_words()));
  }
}

std::optional<ExitStatus> Store::ended() {
  if (!ended_) ended_ = child_.wait(Nanos{0});
  return ended_;
}

std::string Store::last_words() const {
  // An error is one line, so the last three lines of the log are joined.
  std::vector<std::string> lines;
  std::istringstream stream(tail_of(log_.get(), 1000));
  for (std::string line; std::getline(stream, line);) {
    if (!line.empty()) lines.push_back(line);
  }
  if (lines.empty()) return "it printed nothing";
  if (lines.size() > 3) lines.erase(lines.begin(), lines.end() - 3);
  return fmt::format("{}", fmt::join(lines, " | "));
}

std::map<std::string, std::string> Store::configuration() const {
  const Fd fd = probe(netns_fd_, port_, Transport::kTcp);
  const std::string_view command = "CONFIG GET *\r\n";
  if (!fd || send(fd.get(), command.data(), command.size(), MSG_NOSIGNAL) < 0) return {};
  std::string reply;
  std::vector<std::string_view> words;
  const Nanos deadline = now() + kProbeTimeout;
  // The reply is an array of bulk strings, as a command is, with about 400 words.
  while (parse_command(reply, words).status == ParsedCommand::Status::kIncomplete) {
    char chunk[16384];
    if (!wait_ready(fd.get(), POLLIN, deadline)) return {};
    const ssize_t n = recv(fd.get(), chunk, sizeof chunk, 0);
    if (n <= 0) return {};
    reply.append(chunk, static_cast<std::size_t>(n));
  }
  std::map<std::string, std::string> configuration;
  for (std::size_t i = 0; i + 1 < words.size(); i += 2) {
    // requirepass, masterauth, tls-key-file-pass: results are shared, so no secret belongs there.
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
