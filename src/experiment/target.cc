#include "experiment/target.hh"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <sstream>
#include <string_view>

#include "experiment/store_talk.hh"
#include "experiment/store_under_test.hh"
#include "load/secret.hh"
#include "net/counters.hh"
#include "net/mptcp.hh"
#include "sys/error.hh"
#include "sys/escape.hh"

namespace mpb {

namespace {

std::string address_of(const Target& target) {
  const bool v6 = target.host.find(':') != std::string::npos;
  return (v6 ? fmt::format("[{}]", target.host) : target.host) + ":" + target.port;
}

void authenticate(StoreTalk& talk, const Target& target) {
  const std::string password = read_secret(target.auth_env, target.auth_file);
  if (!password.empty()) talk.ask({"AUTH", password});
}

// Reports the errors that would make every run fail, before the first one. Any other error
// ("LOADING ...") may be gone in a moment.
void check_access(const Target& target) {
  StoreTalk talk(parse_address(address_of(target)));
  const std::string address = address_of(target);
  authenticate(talk, target);
  if (!talk.error().empty()) {
    throw BadInput(fmt::format("{}: the store at {} does not accept the password: {}",
                               target.auth_env.empty() ? "--auth-file" : "--auth-env", address,
                               talk.error()));
  }
  talk.ask({"PING"});
  if (talk.error().rfind("NOAUTH", 0) == 0) {
    throw BadInput(fmt::format(
        "--target: the store at {} needs a password; give --auth-env NAME or --auth-file FILE",
        address));
  }
  if (target.db == 0) return;
  talk.ask({"SELECT", std::to_string(target.db)});
  if (talk.error().rfind("ERR", 0) == 0)
    throw BadInput(fmt::format("--db: the store at {} has no database {}: {}", address, target.db,
                               talk.error()));
}

// "" if the store answers with an error.
std::string server_info(const Target& target) {
  StoreTalk talk(parse_address(address_of(target)));
  authenticate(talk, target);
  return talk.ask({"INFO", "server"});
}

// The number of connections that this host opened as TCP although MPTCP was asked for.
std::int64_t opened_as_tcp_after_blackhole() {
  return protocol_counters()["MPTcpExtMPCapableSYNTXDisabled"];
}

constexpr std::int64_t kMostCalls = 1'000'000'000'000'000;  // sums of such numbers stay in range

// The number after "calls=" in "calls=12,usec=34", at most kMostCalls; 0 without it.
std::int64_t number_after(std::string_view text, std::string_view name) {
  std::int64_t number = 0;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(',', at), text.size());
    const std::string_view part = text.substr(at, end - at);
    if (part.starts_with(name))
      std::from_chars(part.data() + name.size(), part.data() + part.size(), number);
    at = end + 1;
  }
  return std::clamp<std::int64_t>(number, 0, kMostCalls);
}

// Whether it can be the name of a command, such as "get" or "client|setname". The names become part
// of the result.
bool is_command(std::string_view name) {
  constexpr std::size_t kLongest = 64;
  return !name.empty() && name.size() <= kLongest &&
         std::all_of(name.begin(), name.end(), [](unsigned char c) {
           return std::isalnum(c) != 0 || c == '_' || c == '-' || c == '.' || c == '|';
         });
}

}  // namespace

StoreCalls store_calls_in(const std::string& info) {
  constexpr std::string_view kStart = "cmdstat_";
  constexpr std::size_t kMost = 1000;
  StoreCalls found;
  bool has_section = false;
  std::istringstream lines(info);
  for (std::string line; std::getline(lines, line);) {
    if (line.ends_with('\r')) line.pop_back();
    has_section = has_section || line == "# Commandstats" || line.starts_with(kStart);
    const std::size_t colon = line.find(':');
    if (!line.starts_with(kStart) || colon == std::string::npos) continue;
    const std::string name = line.substr(kStart.size(), colon - kStart.size());
    if (!is_command(name) || found.calls.size() == kMost) continue;
    const std::string_view counts = std::string_view(line).substr(colon + 1);
    found.calls[name] = number_after(counts, "calls=") + number_after(counts, "rejected_calls=");
  }
  if (!has_section) found.why_not = "its INFO has no commandstats";
  return found;
}

StoreCalls target_calls(const Target& target) {
  try {
    StoreTalk talk(parse_address(address_of(target)));
    authenticate(talk, target);
    const std::string info = talk.ask({"INFO", "commandstats"});
    if (talk.error().empty()) return store_calls_in(info);
    return {{}, for_terminal(std::string_view(talk.error()).substr(0, 200))};
  } catch (const RunFailed& error) {
    return {{}, error.what()};
  }
}

std::string target_version(const Target& target) {
  check_access(target);
  const std::string reply = server_info(target);
  if (const std::string valkey = info_field(reply, "valkey_version"); !valkey.empty())
    return "valkey " + valkey;
  if (const std::string own = info_field(reply, "mptcp_bench_version"); !own.empty())
    return "mptcp-bench " + own;
  if (const std::string redis = info_field(reply, "redis_version"); !redis.empty())
    return "redis " + redis;
  return "unknown";
}

void check_mptcp(const Target& target) {
  const std::string address = address_of(target);
  const std::int64_t opened_as_tcp = opened_as_tcp_after_blackhole();
  StoreTalk talk(parse_address(address), Transport::kMptcp);
  talk.ask({"PING"});  // a fallback may show only with the first data
  if (!mptcp_state(talk.fd()).fallback) return;
  if (opened_as_tcp_after_blackhole() > opened_as_tcp) {
    throw RunFailed(
        "--proto mptcp: this host opens MPTCP connections as TCP at present "
        "(MPTcpExtMPCapableSYNTXDisabled), because it found a blackhole: a middlebox drops SYNs "
        "with MPTCP, or several were lost; to let it try again: sysctl -w "
        "net.mptcp.blackhole_timeout=3600");
  }
  throw RunFailed(
      fmt::format("--proto mptcp: a connection to {} fell back to TCP: {}; to measure it without "
                  "MPTCP, give --proto tcp",
                  address, kFallbackRemedy));
}

std::string target_life(const Target& target) {
  try {
    return info_field(server_info(target), "run_id");
  } catch (const RunFailed&) {
    return "";  // the load reports that the store is unreachable
  }
}

}  // namespace mpb
