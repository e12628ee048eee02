// The data and the commands of the built-in store: only the part of Redis that valkey-cli,
// redis-cli and the benchmarks need. Pure: the input is a command as words, the output its reply as
// RESP text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace mpb {

// The state of one connection.
struct Session {
  std::uint64_t id = 0;
  std::size_t db = 0;
  int protocol = 2;  // RESP version
  std::string name;
  bool quit = false;  // close the connection after the reply
};

class Commands {
 public:
  // A SET after which keys and values would exceed `memory_limit` bytes is refused with -OOM, like
  // maxmemory with noeviction in Redis.
  Commands(std::size_t memory_limit, std::string mptcp_state);

  // Appends exactly one reply to `out`. args[0] is the name of the command.
  void execute(const std::vector<std::string_view>& args, Session& session, std::string& out);

  std::size_t memory() const { return memory_; }
  std::size_t clients = 0;  // for INFO; the server updates it

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };
  using Database = std::unordered_map<std::string, std::string, Hash, std::equal_to<>>;
  using Words = std::vector<std::string_view>;

  void get(const Words& args, Session& session, std::string& out);
  void set(const Words& args, Session& session, std::string& out);
  void remove(const Words& args, Session& session, std::string& out);
  void exists(const Words& args, Session& session, std::string& out);
  void hello(const Words& args, Session& session, std::string& out);
  void select(const Words& args, Session& session, std::string& out);
  void client(const Words& args, Session& session, std::string& out);
  void config(const Words& args, Session& session, std::string& out);
  void info(std::string& out);

  std::size_t limit_;
  std::string mptcp_state_;
  const std::string run_id_;  // as in Redis: changes when the store is restarted
  std::size_t memory_ = 0;
  std::uint64_t executed_ = 0, gets_ = 0, sets_ = 0;
  std::vector<Database> databases_;
};

}  // namespace mpb
