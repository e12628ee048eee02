#include "cmd/cmd.hh"
#include "emu/control.hh"
#include "sys/error.hh"

namespace mpb {

void add_link(CLI::App& app, Action& action) {
  struct Options {
    std::string links;
    std::uint64_t seed = 1;
    std::vector<int> tuns;
  };
  auto options = std::make_shared<Options>();
  CLI::App* sub = app.add_subcommand(
      "link",
      "Run the link emulator alone, over inherited TUN descriptors (for internal "
      "use)");
  sub->add_option("--links", options->links,
                  "Links to emulate: [{\"name\": ..., \"up\": {...}, \"down\": {...}}]")
      ->required()
      ->type_name("JSON");
  sub->add_option("--seed", options->seed,
                  with_default("Random seed for packet loss and jitter", options->seed))
      ->type_name("N");
  sub->add_option("--tun", options->tuns,
                  "Descriptors: the client's and the server's end of each link in turn")
      ->required()
      ->type_name("N");
  sub->callback([options, &action] {
    action = [options] {
      const std::vector<LinkSpec> specs = links_from_json(options->links);
      if (options->tuns.size() != 2 * specs.size())
        throw BadInput(fmt::format("--tun: has {} descriptors; {} links need two each",
                                   options->tuns.size(), specs.size()));
      std::vector<LinkEnds> ends;
      for (std::size_t i = 0; i < specs.size(); ++i)
        ends.push_back({specs[i], Fd{options->tuns[2 * i]}, Fd{options->tuns[2 * i + 1]}});
      return run_ferry(std::move(ends), Seed{options->seed}, STDIN_FILENO, STDOUT_FILENO);
    };
  });
}

}  // namespace mpb
