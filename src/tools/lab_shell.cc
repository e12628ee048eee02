#include "tools/lab_shell.hh"

#include <fmt/format.h>
#include <signal.h>

#include <cstdlib>
#include <filesystem>

#include "sys/error.hh"
#include "sys/file.hh"
#include "sys/output.hh"
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
  what.env = {{"STORE_HOST", server_address(0, family_of(options, 0))},
              {"STORE_PORT", std::to_string(kStorePort)}};
  // Our number in this /proc, which may belong to another PID namespace.
  const std::string self = std::filesystem::read_symlink("/proc/self").string();
  for (const auto& [role, name] : {std::pair{Role::kClient, "CLIENT_NETNS"},
                                   {Role::kServer, "SERVER_NETNS"},
                                   {Role::kRouter, "ROUTER_NETNS"}}) {
    if (role == Role::kRouter && options.backend != Backend::kNetem) continue;
    what.env.emplace_back(name, fmt::format("/proc/{}/fd/{}", self, world.netns(role)));
  }
  return what;
}

// Waits for the end of the command, and watches the lab meanwhile.
ExitStatus follow(Child& child, World& world, std::optional<Store>& store, LabWatch& watch) {
  while (true) {
    if (const std::optional<ExitStatus> status = child.wait(kLabTick)) return *status;
    if (store && store->ended())
      throw RunFailed(fmt::format("the store died: {}", store->last_words()));
    if (!world.broken().empty()) throw RunFailed(world.broken());
    watch.on_time();
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
  // Ctrl-C is for the command in the foreground, as in any shell. We stay, to clean up.
  signal(SIGINT, SIG_IGN);
  signal(SIGQUIT, SIG_IGN);
  LabWatch watch(world, options);
  Child child = spawn(what);
  const ExitStatus status = follow(child, world, store, watch);
  LabProof proof = watch.proof();
  proof.command = what.argv;
  proof.exit_status = status.signal != 0 ? 128 + status.signal : status.code;
  say_lines(to_text(proof));
  if (!options.json_path.empty()) replace_file(options.json_path, to_json(proof), kJsonOption);
  return proof.exit_status;
}

}  // namespace mpb
