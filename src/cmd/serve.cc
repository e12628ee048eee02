#include <sys/signalfd.h>

#include <csignal>

#include "builtin/server.hh"
#include "cmd/cmd.hh"
#include "sys/error.hh"
#include "sys/output.hh"
#include "sys/privileges.hh"
#include "sys/units.hh"

namespace mpb {

void add_serve(CLI::App& app, Action& action) {
  struct Options {
    std::string bind = "127.0.0.1";
    std::uint16_t port = 6379;
    std::string proto = "mptcp";
    std::string max_memory = "1g";
  };
  auto options = std::make_shared<Options>();
  CLI::App* sub = app.add_subcommand("serve",
                                     "Run the built-in store alone, which serves GET, SET, and the "
                                     "commands that clients send when "
                                     "they connect");
  sub->add_option("--bind", options->bind, with_default("Address to listen on", options->bind))
      ->type_name("ADDRESS");
  sub->add_option("-p,--port", options->port,
                  with_default("Port to listen on; with 0 the kernel chooses one", options->port))
      ->check(whole_number(0, 65535))
      ->type_name("PORT");
  only(sub->add_option(
           "--proto", options->proto,
           with_default("Protocol of the listener: tcp, or mptcp, which serves TCP clients too",
                        options->proto)),
       {"tcp", "mptcp"});
  sub->add_option(
         "--max-memory", options->max_memory,
         with_default("Limit on the memory of keys and values, such as 512m", options->max_memory))
      ->type_name("SIZE");
  sub->callback([options, &action] {
    action = [options] {
      ServerOptions server;
      server.address = Address::resolve(options->bind, options->port);
      server.transport = options->proto == "mptcp" ? Transport::kMptcp : Transport::kTcp;
      server.memory_limit = static_cast<std::size_t>(parse_size(options->max_memory).count);
      sigset_t stop;
      sigemptyset(&stop);
      sigaddset(&stop, SIGINT);
      sigaddset(&stop, SIGTERM);
      check(sigprocmask(SIG_BLOCK, &stop, nullptr), "blocking signals");
      const Fd stop_fd{check(signalfd(-1, &stop, SFD_CLOEXEC), "making a signalfd")};
      try {
        serve(server, stop_fd.get(), [&](const Address& address) {
          // They were needed for a port below 1024.
          if (!drop_privileges()) throw SysError("giving up privileges");
          print(fmt::format("serving on {} over {}\n", address.text(), options->proto));
        });
      } catch (const SysError& error) {
        if (error.code().value() != EADDRINUSE) throw;
        throw RunFailed(fmt::format(
            "{}; choose another port with -p, or -p 0 to let the kernel choose", error.what()));
      }
      return int{kOk};
    };
  });
}

}  // namespace mpb
