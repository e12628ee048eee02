#include "lab/target.hh"

#include "lab/store_talk.hh"
#include "load/secret.hh"
#include "sys/error.hh"

namespace mpb {

namespace {

// "" when it does not tell.
std::string server_info(const Target& target) {
  const bool v6 = target.host.find(':') != std::string::npos;
  StoreTalk talk(parse_address(v6 ? "[" + target.host + "]:" + target.port : target.host + ":" + target.port));
  const std::string password = read_secret(target.auth_env, target.auth_file);
  // A wrong password is for the load to say: it knows what the store answers.
  if (!password.empty()) talk.ask({"AUTH", password});
  return talk.ask({"INFO", "server"});
}

}  // namespace

std::string target_version(const Target& target) {
  const std::string reply = server_info(target);
  if (const std::string valkey = info_field(reply, "valkey_version"); !valkey.empty()) return "valkey " + valkey;
  if (const std::string own = info_field(reply, "mptcp_bench_version"); !own.empty()) return "mptcp-bench " + own;
  if (const std::string redis = info_field(reply, "redis_version"); !redis.empty()) return "redis " + redis;
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
