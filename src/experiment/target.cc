#include "experiment/target.hh"

#include "experiment/store_talk.hh"
#include "load/secret.hh"
#include "sys/error.hh"

namespace mpb {

namespace {

std::string address_of(const Target& target) {
  const bool v6 = target.host.find(':') != std::string::npos;
  return (v6 ? "[" + target.host + "]:" : target.host + ":") + target.port;
}

void authenticate(StoreTalk& talk, const Target& target) {
  const std::string password = read_secret(target.auth_env, target.auth_file);
  if (!password.empty()) talk.ask({"AUTH", password});
}

// Says at once what every run would fail of, one after the other. Any other error ("LOADING ...")
// may be gone in a moment.
void check_access(const Target& target) {
  StoreTalk talk(parse_address(address_of(target)));
  const std::string store = "the store at " + address_of(target);
  authenticate(talk, target);
  if (const std::string said = talk.error(); !said.empty()) {
    throw BadInput((target.auth_env.empty() ? "--auth-file: " : "--auth-env: ") + store +
                   " does not take the password: " + said);
  }
  talk.ask({"PING"});
  if (talk.error().rfind("NOAUTH", 0) == 0)
    throw BadInput("--target: " + store +
                   " wants a password; give --auth-env NAME or --auth-file FILE");
  if (target.db == 0) return;
  talk.ask({"SELECT", std::to_string(target.db)});
  if (talk.error().rfind("ERR", 0) == 0)
    throw BadInput("--db: " + store + " has no database " + std::to_string(target.db) + ": " +
                   talk.error());
}

// "" when it does not tell.
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

std::string target_life(const Target& target) {
  try {
    return info_field(server_info(target), "run_id");
  } catch (const RunFailed&) {
    return "";  // that the store is away is for the load to say
  }
}

}  // namespace mpb
