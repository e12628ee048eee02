#include "tools/lab_shell.hh"

#include <fmt/format.h>
#include <signal.h>

#include <cstdlib>
#include <filesystem>

#include "analysis/text.hh"
#include "sys/error.hh"
#include "sys/file.hh"
#include "sys/output.hh"
#include "tools/evidence.hh"
#include "tools/lab_watch.hh"
#include "world/world.hh"

namespace mpb {

namespace {

Spawn command_in(const World& world, const LabOptions& options) {
  Spawn what;
  what.argv = options.command;
  if (what.argv.empty()) {
    const char* shell = getenv("SHELL");
    what.argv = {shell != nullptr && *shell != '\0' ? shell : "/bin/sh"};
  }
  what.netns_fd = world.netns(options.where);
  what.foreground = true;
  // Of the server and the router, the store is at the address that the first client uses.
  const std::size_t link = options.scenario.first_link_of(options.where.client);
  what.env = {{"STORE_HOST", server_address(link, family_of(options, link))},
              {"STORE_PORT", std::to_string(kStorePort)}};
  // Our number in this /proc, which may belong to another PID namespace.
  const std::string self = std::filesystem::read_symlink("/proc/self").string();
  for (const Place& place : world.places()) {
    what.env.emplace_back(upper(to_text(place)) + "_NETNS",
                          fmt::format("/proc/{}/fd/{}", self, world.netns(place)));
  }
  return what;
}

// The processes of the lab behind the steps of its topology, as lines of commands.txt.
std::vector<std::string> command_lines(const World& world, const Store* store, const Place& where,
                                       const std::vector<std::string>& command) {
  std::vector<std::string> lines;
  if (!world.emulator_command().empty())
    lines.push_back("[host] " + command_text(world.emulator_command()));
  if (store != nullptr) lines.push_back("[server] " + command_text(store->command()));
  lines.push_back(fmt::format("[{}] {}", to_text(where), command_text(command)));
  return lines;
}

// Waits for the end of the command, and watches the lab meanwhile.
ExitStatus follow(Child& child, World& world, std::optional<Store>& store, LabWatch& watch,
                  std::optional<EvidenceArchive>& evidence) {
  while (true) {
    if (const std::optional<ExitStatus> status = child.wait(kLabTick)) return *status;
    if (store && store->ended())
      throw RunFailed(fmt::format("the store died: {}", store->last_words()));
    if (!world.broken().empty()) throw RunFailed(world.broken());
    watch.on_time();
    if (evidence) evidence->on_time();
  }
}

}  // namespace

int run_lab(const LabOptions& options) {
  World world(options);
  std::optional<Store> store;
  if (options.store)
    store.emplace(*options.store, options.mptcp ? Transport::kMptcp : Transport::kTcp,
                  world.netns(Role::kServer), kStorePort);
  const Spawn what = command_in(world, options);
  std::optional<EvidenceArchive> evidence;
  if (!options.evidence_path.empty())
    evidence.emplace(world, options,
                     command_lines(world, store ? &*store : nullptr, options.where, what.argv));
  // Ctrl-C is for the command in the foreground, as in any shell. We stay, to clean up.
  signal(SIGINT, SIG_IGN);
  signal(SIGQUIT, SIG_IGN);
  LabWatch watch(world, options);
  Child child = spawn(what);
  const ExitStatus status = follow(child, world, store, watch, evidence);
  LabProof proof = watch.proof();
  proof.command = what.argv;
  proof.exit_status = status.signal != 0 ? 128 + status.signal : status.code;
  say_lines(to_text(proof));
  proof.capture = world.end_capture();
  if (proof.capture) {
    say(fmt::format("capture: {}", options.capture));
    for (const std::string& clause : missing_packets(*proof.capture)) say(clause);
  }
  if (!options.json_path.empty()) replace_file(options.json_path, to_json(proof), kJsonOption);
  if (evidence) {
    evidence->write(proof, options.evidence_path);
    say(fmt::format("evidence: {}", options.evidence_path));
  }
  return proof.exit_status;
}

}  // namespace mpb
