#include "tools/lab_shell.hh"

#include <fmt/format.h>
#include <signal.h>

#include <cstdlib>
#include <filesystem>

#include "analysis/text.hh"
#include "sys/error.hh"
#include "world/world.hh"

namespace mpb {

int run_lab(const LabOptions& options) {
  World world(options);
  std::optional<Store> store;
  if (options.store)
    store.emplace(*options.store, options.mptcp ? Transport::kMptcp : Transport::kTcp,
                  world.netns(Role::kServer), kStorePort);

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
  // Ctrl-C is for the command in the foreground, as in any shell. We stay, to clean up.
  signal(SIGINT, SIG_IGN);
  signal(SIGQUIT, SIG_IGN);
  Child child = spawn(what);
  std::optional<ExitStatus> status;
  while (!status) {
    status = child.wait(200ms);
    if (!status && store && store->ended())
      throw RunFailed(fmt::format("the store died: {}", store->last_words()));
    if (!status && !world.broken().empty()) throw RunFailed(world.broken());
  }
  return status->signal != 0 ? 128 + status->signal : status->code;
}

}  // namespace mpb
