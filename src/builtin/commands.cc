#include "builtin/commands.hh"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>

#include "sys/clock.hh"

namespace mpb {

namespace {

constexpr std::size_t kDatabases = 16;
// Approximate: a hash node, two string headers, and the overhead of the allocator.
constexpr std::size_t kEntryOverhead = 96;

void simple(std::string& out, std::string_view text) {
  out.append("+").append(text).append("\r\n");
}
void error(std::string& out, std::string_view text) { out.append("-").append(text).append("\r\n"); }
void integer(std::string& out, std::uint64_t value) {
  out.append(":").append(std::to_string(value)).append("\r\n");
}
void bulk(std::string& out, std::string_view text) {
  out.append("$").append(std::to_string(text.size())).append("\r\n").append(text).append("\r\n");
}
void nil(std::string& out, int protocol) { out.append(protocol == 3 ? "_\r\n" : "$-1\r\n"); }
void array(std::string& out, std::size_t count) {
  out.append("*").append(std::to_string(count)).append("\r\n");
}
void map(std::string& out, std::size_t pairs, int protocol) {
  if (protocol == 3) {
    out.append("%").append(std::to_string(pairs)).append("\r\n");
  } else {
    array(out, pairs * 2);
  }
}

bool is(std::string_view word, std::string_view name) {
  return word.size() == name.size() &&
         std::equal(word.begin(), word.end(), name.begin(), [](char a, char b) {
           return std::toupper(static_cast<unsigned char>(a)) == b;
         });
}

// The name for an error line: short and printable.
std::string printable(std::string_view word) {
  std::string text(word.substr(0, 64));
  for (char& c : text) c = c >= ' ' && c <= '~' ? c : '?';
  return text;
}

void wrong_count(std::string& out, std::string_view name) {
  std::string lower = printable(name);
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  error(out, fmt::format("ERR wrong number of arguments for '{}' command", lower));
}

}  // namespace

Commands::Commands(std::size_t memory_limit, std::string mptcp_state)
    : limit_(memory_limit),
      mptcp_state_(std::move(mptcp_state)),
      run_id_(fmt::format("{}-{}", getpid(), now().count())),
      databases_(kDatabases) {}

void Commands::execute(const Words& args, Session& session, std::string& out) {
  ++executed_;
  const std::string_view name = args[0];
  const std::size_t count = args.size();
  if (is(name, "GET")) return count == 2 ? get(args, session, out) : wrong_count(out, name);
  if (is(name, "SET")) return count >= 3 ? set(args, session, out) : wrong_count(out, name);
  if (is(name, "DEL") || is(name, "UNLINK"))
    return count >= 2 ? remove(args, session, out) : wrong_count(out, name);
  if (is(name, "EXISTS")) return count >= 2 ? exists(args, session, out) : wrong_count(out, name);
  if (is(name, "PING"))
    return count == 1   ? simple(out, "PONG")
           : count == 2 ? bulk(out, args[1])
                        : wrong_count(out, name);
  if (is(name, "ECHO")) return count == 2 ? bulk(out, args[1]) : wrong_count(out, name);
  if (is(name, "HELLO")) return hello(args, session, out);
  if (is(name, "AUTH")) {
    return error(out,
                 "ERR AUTH <password> called without any password configured for the default user. "
                 "Are you sure your configuration is correct?");
  }
  if (is(name, "SELECT")) return count == 2 ? select(args, session, out) : wrong_count(out, name);
  if (is(name, "DBSIZE")) return integer(out, databases_[session.db].size());
  if (is(name, "INFO")) return info(out);
  if (is(name, "CLIENT")) return count >= 2 ? client(args, session, out) : wrong_count(out, name);
  if (is(name, "CONFIG")) return count >= 2 ? config(args, session, out) : wrong_count(out, name);
  // Clients use the list of commands only for completion on the terminal, so an empty list is a
  // valid answer.
  if (is(name, "COMMAND"))
    return count > 1 && is(args[1], "COUNT") ? integer(out, 0) : array(out, 0);
  if (is(name, "QUIT")) {
    session.quit = true;
    return simple(out, "OK");
  }
  error(out, fmt::format("ERR unknown command '{}'", printable(name)));
}

void Commands::get(const Words& args, Session& session, std::string& out) {
  ++gets_;
  const Database& db = databases_[session.db];
  const auto found = db.find(args[1]);
  if (found == db.end()) return nil(out, session.protocol);
  bulk(out, found->second);
}

void Commands::set(const Words& args, Session& session, std::string& out) {
  ++sets_;
  if (args.size() > 3)
    return error(out, "ERR syntax error: this store's SET takes a key and a value, no options");
  Database& db = databases_[session.db];
  auto found = db.find(args[1]);
  const std::size_t before = found == db.end() ? 0 : found->second.size();
  const std::size_t entry = found == db.end() ? args[1].size() + kEntryOverhead : 0;
  if (memory_ - before + entry + args[2].size() > limit_) {
    return error(out, "OOM command not allowed when used memory > 'maxmemory'.");
  }
  if (found == db.end()) {
    db.emplace(args[1], args[2]);
  } else if (found->second.size() == args[2].size()) {
    found->second.assign(args[2]);
  } else {
    // Assigning a smaller value, even by a move from a short string, keeps the larger buffer, and
    // assigning a larger one may double the buffer. That memory would not be accounted for.
    std::string(args[2]).swap(found->second);
  }
  memory_ += entry + args[2].size() - before;
  simple(out, "OK");
}

void Commands::remove(const Words& args, Session& session, std::string& out) {
  Database& db = databases_[session.db];
  std::uint64_t removed = 0;
  for (std::size_t i = 1; i < args.size(); ++i) {
    const auto found = db.find(args[i]);
    if (found == db.end()) continue;
    memory_ -= found->first.size() + kEntryOverhead + found->second.size();
    db.erase(found);
    ++removed;
  }
  integer(out, removed);
}

void Commands::exists(const Words& args, Session& session, std::string& out) {
  const Database& db = databases_[session.db];
  integer(out,
          static_cast<std::uint64_t>(std::count_if(
              args.begin() + 1, args.end(), [&db](auto key) { return db.find(key) != db.end(); })));
}

void Commands::hello(const Words& args, Session& session, std::string& out) {
  if (args.size() > 1) {
    if (args[1] != "2" && args[1] != "3") return error(out, "NOPROTO unsupported protocol version");
    session.protocol = args[1] == "3" ? 3 : 2;
  }
  map(out, 7, session.protocol);
  bulk(out, "server"), bulk(out, "mptcp-bench");
  bulk(out, "version"), bulk(out, MPB_VERSION);
  bulk(out, "proto"), integer(out, static_cast<std::uint64_t>(session.protocol));
  bulk(out, "id"), integer(out, session.id);
  bulk(out, "mode"), bulk(out, "standalone");
  bulk(out, "role"), bulk(out, "master");
  bulk(out, "modules"), array(out, 0);
}

void Commands::select(const Words& args, Session& session, std::string& out) {
  std::size_t db = 0;
  const char* const end = args[1].data() + args[1].size();
  if (std::from_chars(args[1].data(), end, db) != std::from_chars_result{end, std::errc{}})
    return error(out, "ERR invalid DB index");
  if (db >= kDatabases) return error(out, "ERR DB index is out of range");
  session.db = db;
  simple(out, "OK");
}

void Commands::client(const Words& args, Session& session, std::string& out) {
  if (is(args[1], "ID")) return integer(out, session.id);
  if (is(args[1], "GETNAME"))
    return session.name.empty() ? nil(out, session.protocol) : bulk(out, session.name);
  if (is(args[1], "SETNAME") && args.size() == 3) {
    session.name = printable(args[2]);
    return simple(out, "OK");
  }
  if (is(args[1], "SETINFO") || is(args[1], "NO-EVICT") || is(args[1], "NO-TOUCH"))
    return simple(out, "OK");
  error(out, fmt::format("ERR unknown subcommand '{}'. Try CLIENT ID, GETNAME or SETNAME.",
                         printable(args[1])));
}

void Commands::config(const Words& args, Session& session, std::string& out) {
  if (!is(args[1], "GET"))
    return error(out,
                 "ERR this store is configured on its command line; only CONFIG GET is supported");
  const std::pair<std::string_view, std::string> known[] = {
      {"save", ""},
      {"appendonly", "no"},
      {"maxmemory", std::to_string(limit_)},
      {"databases", std::to_string(kDatabases)},
      {"mptcp", mptcp_state_}};
  std::string body;
  std::size_t pairs = 0;
  for (std::size_t i = 2; i < args.size(); ++i) {
    for (const auto& [name, value] : known) {
      if (args[i] != name && args[i] != "*") continue;
      bulk(body, name), bulk(body, value);
      ++pairs;
    }
  }
  map(out, pairs, session.protocol);
  out += body;
}

void Commands::info(std::string& out) {
  std::string text = fmt::format(
      "# Server\r\n"
      "server_name:mptcp-bench\r\n"
      "redis_version:7.0.0\r\n"
      "mptcp_bench_version:{}\r\n"
      "process_id:{}\r\n"
      "run_id:{}\r\n"
      "mptcp:{}\r\n"
      "\r\n# Clients\r\n"
      "connected_clients:{}\r\n"
      "\r\n# Memory\r\n"
      "used_memory:{}\r\n"
      "maxmemory:{}\r\n"
      "\r\n# Stats\r\n"
      "total_commands_processed:{}\r\n"
      "\r\n# Commandstats\r\n"
      "cmdstat_get:calls={}\r\n"
      "cmdstat_set:calls={}\r\n"
      "\r\n# Keyspace\r\n",
      MPB_VERSION, getpid(), run_id_, mptcp_state_, clients, memory_, limit_, executed_, gets_,
      sets_);
  for (std::size_t i = 0; i < databases_.size(); ++i) {
    if (!databases_[i].empty())
      text += fmt::format("db{}:keys={},expires=0,avg_ttl=0\r\n", i, databases_[i].size());
  }
  bulk(out, text);
}

}  // namespace mpb
