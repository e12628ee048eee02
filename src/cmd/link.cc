#include <memory>

#include "cmd/cmd.hh"
#include "emu/control.hh"
#include "emu/traces.hh"
#include "sys/error.hh"
#include "sys/file.hh"

namespace mpb {

namespace {

void read_traces(std::vector<LinkSpec>& links, const std::vector<int>& descriptors) {
  const std::size_t files = trace_files(links).size();
  if (descriptors.size() != files)
    throw BadInput(fmt::format("--trace: has {} descriptors; the links name {} files",
                               descriptors.size(), files));
  std::size_t next = 0;
  attach_traces(links, [&](const std::string& file) {
    const Fd descriptor{descriptors[next++]};
    // Opened again, because the descriptor is shared with those who read it before.
    const std::string path = fmt::format("/proc/self/fd/{}", descriptor.get());
    return std::make_shared<const Trace>(read_file(path, kTraceBounds.file), file);
  });
}

}  // namespace

void add_link(CLI::App& app, Action& action) {
  struct Options {
    std::string links;
    std::uint64_t seed = 1;
    std::vector<int> traces;
    std::vector<int> tuns;
    int capture = -1;
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
  sub->add_option("--trace", options->traces,
                  "Descriptors of the traces, in the order in which the links name their files")
      ->type_name("N");
  sub->add_option("--tun", options->tuns,
                  "Descriptors: the client's and the server's end of each link in turn")
      ->required()
      ->type_name("N");
  sub->add_option("--capture", options->capture,
                  "Descriptor of a file that receives every packet of the links, as pcapng")
      ->type_name("N");
  sub->callback([options, &action] {
    action = [options] {
      std::vector<LinkSpec> specs = links_from_json(options->links);
      read_traces(specs, options->traces);
      if (options->tuns.size() != 2 * specs.size())
        throw BadInput(fmt::format("--tun: has {} descriptors; {} links need two each",
                                   options->tuns.size(), specs.size()));
      std::vector<LinkEnds> ends;
      for (std::size_t i = 0; i < specs.size(); ++i)
        ends.push_back({specs[i], Fd{options->tuns[2 * i]}, Fd{options->tuns[2 * i + 1]}});
      return run_ferry(std::move(ends), Seed{options->seed}, STDIN_FILENO, STDOUT_FILENO,
                       Fd{options->capture});
    };
  });
}

}  // namespace mpb
