#include "experiment/target.hh"

#include <fmt/format.h>

#include "experiment/store_talk.hh"
#include "experiment/store_under_test.hh"
#include "load/secret.hh"
#include "net/mptcp.hh"
#include "sys/error.hh"

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

}  // namespace

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
  StoreTalk talk(parse_address(address), Transport::kMptcp);
  talk.ask({"PING"});  // a fallback may show only with the first data
  if (!mptcp_state(talk.fd()).fallback) return;
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
