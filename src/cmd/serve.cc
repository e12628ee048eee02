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
  CLI::App* sub = app.add_subcommand(
      "serve", "The built-in store alone: GET, SET and what clients need to say hello");
  sub->add_option("--bind", options->bind, "Address to listen on")->capture_default_str();
  sub->add_option("-p,--port", options->port, "Port to listen on; 0 lets the kernel choose")
      ->check(whole_number(0, 65535))
      ->capture_default_str();
  sub->add_option("--proto", options->proto, "tcp, or mptcp, which serves TCP clients too")
      ->check(CLI::IsMember({"tcp", "mptcp"}))
      ->capture_default_str();
  sub->add_option("--max-memory", options->max_memory, "Bound on keys and values, such as 512m")
      ->capture_default_str();
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
          // A port below 1024 needed one.
          if (!drop_privileges()) throw SysError("giving up privileges");
          print("serving on " + address.text() + " over " + options->proto + "\n");
        });
      } catch (const SysError& error) {
        if (error.code().value() != EADDRINUSE) throw;
        throw RunFailed(std::string(error.what()) +
                        "; choose another port with -p, or -p 0 to let the kernel choose");
      }
      return int{kOk};
    };
  });
}

}  // namespace mpb
