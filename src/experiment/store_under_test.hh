// The store under test: the choice of a program, its command line, and its life as a child process
// in the server's namespace.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/socket.hh"
#include "result/result.hh"
#include "scenario/setup.hh"
#include "sys/process.hh"

namespace mpb {

enum class StoreKind { kValkey, kRedis, kBuiltin };

// A store that can be started, how to start it, and the reason for the choice.
struct StoreChoice {
  StoreKind kind = StoreKind::kBuiltin;
  std::string program;  // path; empty for the built-in store
  std::string version;
  bool native_mptcp = false;  // its listener can be MPTCP without mptcpize(8)
  std::string why;
  bool ipv6 = false;  // whether it listens on addresses of IPv6 too
  StoreMptcp mptcp = StoreMptcp::kBest;

  // Whether mptcpize(8) makes it MPTCP.
  bool uses_mptcpize() const {
    return mptcp == StoreMptcp::kMptcpize || (mptcp == StoreMptcp::kBest && !native_mptcp);
  }

  // Whether all its sockets become MPTCP without an option of its own.
  bool needs_no_option() const { return uses_mptcpize() || mptcp == StoreMptcp::kMptcpify; }
};

// The causes and the remedy of a fallback to TCP at a store that we did not start.
inline constexpr std::string_view kFallbackRemedy =
    "the store or a middlebox does not support MPTCP; start Valkey 9 or later with --mptcp yes, "
    "Redis and older versions with mptcpize run";

// `name` is auto, valkey, redis or builtin. auto takes the first of: valkey-server 9 or later,
// redis-server or an older Valkey with mptcpize, the built-in store. Throws CannotRun if a named
// store is not installed, BadInput for another name.
StoreChoice choose_store(const std::string& name, bool need_mptcp);

// Throws BadInput or CannotRun if the store cannot become MPTCP in this way.
void check_store_mptcp(const StoreChoice& choice, StoreMptcp mptcp);

std::string to_text(StoreKind kind);

// Clause of a sentence for a store of ours whose listener is not MPTCP, with the remedy.
std::string listener_reason(const StoreChoice& choice);

// The store keeps nothing on disk, uses its working directory, and listens on every address of its
// namespace.
std::vector<std::string> store_command(const StoreChoice& choice, Transport transport, int port);

// Further arguments of a store for that number of connections of a load. Redis and Valkey accept
// 10,000 by themselves.
std::vector<std::string> words_for_connections(const StoreChoice& choice, int connections);

class Store {
 public:
  // Starts it and waits until it answers PONG; throws RunFailed with its last log lines if it does
  // not. netns_fd -1 is the caller's own namespace. `more` are further arguments, such as
  // "--repl-mptcp yes".
  Store(const StoreChoice& choice, Transport transport, int netns_fd, int port,
        const std::vector<std::string>& more = {});

  const Child& process() const { return child_; }
  const std::vector<std::string>& command() const { return argv_; }

  // How it ended, if it has.
  std::optional<ExitStatus> ended();
  std::string last_words() const;

  // The reply to CONFIG GET *, by name, without passwords; empty if the store gives none.
  std::map<std::string, std::string> configuration() const;

  // Whether a probe connection over MPTCP stays MPTCP, which proves that the listener is MPTCP.
  bool listens_on_mptcp() const;

 private:
  std::vector<std::string> argv_;
  int netns_fd_;
  int port_;
  Fd directory_;
  Fd log_;
  Child child_;
  std::optional<ExitStatus> ended_;
};

}  // namespace mpb
