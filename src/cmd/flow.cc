#include "cmd/cmd.hh"
#include "net/bulk_flow.hh"

namespace mpb {

void add_flow(CLI::App& app, Action& action) {
  struct Options {
    int sender = -1;
    int receiver = -1;
  };
  auto options = std::make_shared<Options>();
  CLI::App* sub = app.add_subcommand(
      "flow", "Run a competing TCP flow alone, over inherited sockets (for internal use)");
  sub->add_option("--sender", options->sender, "Descriptor of the end that sends")
      ->required()
      ->check(whole_number(0))
      ->type_name("N");
  sub->add_option("--receiver", options->receiver, "Descriptor of the end that receives")
      ->required()
      ->check(whole_number(0))
      ->type_name("N");
  sub->callback([options, &action] {
    action = [options]() -> int { run_bulk_flow(Fd{options->sender}, Fd{options->receiver}); };
  });
}

}  // namespace mpb
