#include "net/mptcpify.hh"

#include "cmd/cmd.hh"
#include "sys/error.hh"

namespace mpb {

void add_mptcpify(CLI::App& app, Action& action, const CommandWords& words) {
  CLI::App* sub = app.add_subcommand(
      "mptcpify",
      "Run a command without privileges, and make its TCP sockets MPTCP in the kernel (Linux 6.6, "
      "root): mptcpify -- COMMAND...");
  sub->callback([&action, &words] {
    action = [&words]() -> int {
      if (words.command.empty())
        throw BadInput("mptcpify: no command; write mptcp-bench mptcpify -- COMMAND");
      become_mptcpified(words.command);
    };
  });
}

}  // namespace mpb
