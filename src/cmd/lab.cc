#include "cmd/cmd.hh"
#include "sys/error.hh"
#include "sys/output.hh"
#include "tools/lab_shell.hh"
#include "tools/link_check.hh"
#include "world/backend.hh"

namespace mpb {

namespace {

struct LabCommandOptions {
  std::string scenario = "two-lossy-links", store = "auto", proto = "mptcp", in = "client",
              links = "auto", congestion;
  std::uint64_t seed = 1;
  bool check = false;
};

int lab(const LabCommandOptions& o, const CommandWords& words) {
  LabOptions lab;
  lab.scenario = load_scenario(o.scenario);
  lab.congestion = o.congestion;
  lab.seed = o.seed;
  lab.command = words.command;
  lab.where = o.in == "server" ? Role::kServer : o.in == "router" ? Role::kRouter : Role::kClient;
  lab.mptcp = o.proto == "mptcp";
  if (o.check && !words.command.empty())
    throw BadInput("--check: sends packets of its own; it does not go with a command");
  if (o.store != "none" && !o.check) lab.store = choose_store(o.store, lab.mptcp);
  const Sandbox sandbox;
  const BackendChoice links = choose_backend(o.links, lab.scenario, true);
  lab.backend = links.backend;
  lab.seeds_netem = links.seeds_netem;
  say(lab.scenario.name + ", links by " + to_text(links.backend) +
      (lab.store ? ", store " + to_text(lab.store->kind) + " " + lab.store->version : "") +
      (o.check ? ": checking, which takes some seconds a link" : ""));
  if (!sandbox.why_host_proc().empty()) {
    say("/proc shows the host's processes here, so ps, pgrep and pkill find others than the lab's: "
        "this host does not let another be mounted (" +
        sandbox.why_host_proc() + "); run as root for one");
  }
  if (o.check) {
    const CheckReport report = check_links(lab);
    print(report.text);
    return report.ok ? kOk : kFailed;
  }
  return run_lab(lab);
}

}  // namespace

void add_lab(CLI::App& app, Action& action, const CommandWords& words) {
  auto o = std::make_shared<LabCommandOptions>();
  CLI::App* sub = app.add_subcommand(
      "lab",
      "Build the world and run any command, or a shell, in it: lab [SCENARIO] [-- COMMAND...]");
  sub->footer(
      "\nThe command finds the store at $STORE_HOST:$STORE_PORT. $CLIENT_NETNS, $SERVER_NETNS (and "
      "$ROUTER_NETNS) are the namespaces, for "
      "nsenter.\n"
      "Examples:\n"
      "  mptcp-bench lab -- sh -c 'redis-benchmark -h $STORE_HOST -p $STORE_PORT -t set,get -d "
      "4096'\n"
      "  mptcp-bench lab wifi-and-lte --check\n"
      "  mptcp-bench lab two-clean-links --store none -- sh -c 'nsenter --net=$SERVER_NETNS iperf3 "
      "-s -1 -D; sleep 1; iperf3 -c "
      "$STORE_HOST'");
  sub->add_option("scenario", o->scenario, "NAME or FILE of the links")->capture_default_str();
  sub->add_option("--store", o->store, "auto, valkey, redis, builtin or none")
      ->capture_default_str();
  sub->add_option("--proto", o->proto, "Of the store's listener; mptcp serves TCP clients too")
      ->check(CLI::IsMember({"tcp", "mptcp"}))
      ->capture_default_str();
  sub->add_option("--in", o->in, "client, server or router (netem only)")
      ->check(CLI::IsMember({"client", "server", "router"}))
      ->capture_default_str();
  sub->add_option("--links", o->links, "auto, netem or tun")
      ->check(CLI::IsMember({"auto", "netem", "tun"}))
      ->capture_default_str();
  sub->add_option("--congestion", o->congestion,
                  "Congestion control on both ends (the host's default)");
  sub->add_option("--seed", o->seed, "Of the links' luck")
      ->check(whole_number(0, std::numeric_limits<std::uint64_t>::max()))
      ->capture_default_str();
  sub->add_flag(
      "--check", o->check,
      "No command: measure each link's rate, delay and loss, and compare with the scenario");
  sub->callback([&action, &words, o] { action = [&words, o] { return lab(*o, words); }; });
}

}  // namespace mpb
