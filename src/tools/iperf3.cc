#include "tools/iperf3.hh"

#include <nlohmann/json.hpp>

#include "sys/error.hh"
#include "sys/json.hh"
#include "sys/lines.hh"
#include "sys/pipe.hh"
#include "sys/process.hh"

namespace mpb {

namespace {

constexpr Nanos kListenTimeout = 5s;
constexpr Nanos kTransferTimeout = 30s;  // its handshakes are slow over a link of a few kbit/s

using Words = std::vector<std::string>;

std::optional<double> transfer(const World& world, Words server_words, Words client_words,
                               const Place& client_host, Direction direction) {
  Pipe pipe;
  LineReader said(std::move(pipe.reader));
  Spawn what;
  what.argv = std::move(server_words);
  what.netns_fd = world.netns(Role::kServer);
  what.stdout_fd = pipe.writer.get();
  what.stderr_fd = pipe.writer.get();
  const Child server = spawn(what);
  pipe.writer.reset();
  const Nanos deadline = now() + kListenTimeout;
  for (bool listening = false; !listening;) {
    const std::optional<std::string> line = said.next(100ms);
    if (line) listening = line->find("listening") != std::string::npos;
    if (said.ended() || now() > deadline) return std::nullopt;
  }
  if (direction == Direction::kDown) client_words.push_back("-R");
  Spawn client;
  client.argv = std::move(client_words);
  client.netns_fd = world.netns(client_host);
  const Captured ran = run_captured(client, kTransferTimeout);
  if (!ran.status.ok()) return std::nullopt;
  try {
    return parse_json(ran.out, "").at("end").at("sum_received").at("bits_per_second").get<double>();
  } catch (const BadInput&) {
  } catch (const nlohmann::json::exception&) {
  }
  return std::nullopt;
}

}  // namespace

std::optional<Iperf3> find_iperf3() {
  Iperf3 found;
  found.program = find_program("iperf3");
  if (found.program.empty()) return std::nullopt;
  Spawn ask;
  ask.argv = {found.program, "--version"};
  const std::string version = run_captured(ask, 10s).out;  // "iperf 3.12 (cJSON 1.7.15)"
  const std::size_t at = version.find("iperf ");
  if (at != std::string::npos)
    found.version = version.substr(at + 6, version.find_first_of(" \n", at + 6) - at - 6);
  ask.argv = {found.program, "--help"};
  const Captured help = run_captured(ask, 10s);
  found.mptcp = (help.out + help.err).find("--mptcp") != std::string::npos;
  return found;
}

std::optional<double> iperf3_over_link(const Iperf3& iperf3, const World& world, std::size_t link,
                                       Direction direction) {
  return transfer(
      world, {iperf3.program, "-s", "-1", "--forceflush", "-B", server_address(link)},
      {iperf3.program, "-J", "-t", "2", "-B", client_address(link), "-c", server_address(link)},
      world.client_of(link), direction);
}

std::optional<double> iperf3_over_all(const Iperf3& iperf3, const World& world,
                                      Direction direction) {
  return transfer(world, {iperf3.program, "-s", "-1", "--forceflush", "--mptcp"},
                  {iperf3.program, "-J", "-t", "2", "--mptcp", "-c", server_address(0)},
                  Role::kClient, direction);
}

}  // namespace mpb
