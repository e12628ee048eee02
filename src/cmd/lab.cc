#include "cmd/cmd.hh"
#include "sys/error.hh"
#include "sys/file.hh"
#include "sys/namespace.hh"
#include "sys/output.hh"
#include "tools/evidence.hh"
#include "tools/lab_shell.hh"
#include "tools/link_check.hh"
#include "world/backend.hh"

namespace mpb {

namespace {

struct LabCommandOptions {
  std::string scenario = "two-lossy-links", store = "auto", proto = "mptcp", in = "client",
              links = "auto", congestion, ip = "v4", json, evidence, capture;
  std::uint64_t seed = 1;
  bool check = false;
};

// The host that `--in` names. Only netem has the router, which the world checks.
Place place_of(const std::string& word, const Scenario& scenario) {
  std::vector<std::string> words;
  for (const Place& place : places_of(Backend::kNetem, scenario)) {
    words.push_back(to_text(place));
    if (words.back() == word) return place;
  }
  const std::string near = nearest(word, words.data(), words.data() + words.size());
  throw BadInput(fmt::format("--in: \"{}\" is not one of {}{}", word, fmt::join(words, ", "),
                             near.empty() ? "" : fmt::format("; did you mean \"{}\"?", near)));
}

int lab(const LabCommandOptions& o, const CommandWords& words) {
  LabOptions lab;
  lab.scenario = load_scenario(o.scenario);
  lab.subflows_per_link = lab.scenario.subflows_per_link.value_or(1);
  lab.congestion = o.congestion;
  lab.ip = o.ip;
  lab.seed = o.seed;
  lab.command = words.command;
  lab.where = place_of(o.in, lab.scenario);
  lab.mptcp = o.proto == "mptcp";
  if (o.check && !words.command.empty())
    throw BadInput("--check: sends its own packets, so it does not go with a command");
  if (o.check && has_ipv6(lab)) throw BadInput("--check: sends packets of IPv4; leave out --ip");
  for (const auto& [option, value] :
       {std::pair{"--json", &o.json}, {"--evidence", &o.evidence}, {"--capture", &o.capture}}) {
    if (!o.check || value->empty()) continue;
    throw BadInput(fmt::format("{}: is about a command, so it does not go with --check", option));
  }
  if (!o.json.empty()) check_writable(o.json, kJsonOption);
  lab.json_path = o.json;
  if (!o.capture.empty()) check_writable(o.capture, kCaptureOption);
  lab.capture = o.capture;
  if (!o.evidence.empty()) lab.evidence_path = evidence_path(o.evidence);
  if (o.store != "none" && !o.check) lab.store = choose_store(o.store, lab.mptcp);
  if (lab.store) lab.store->ipv6 = has_ipv6(lab);
  lab.endpoints =
      lab.scenario.endpoints.value_or(o.ip == "dual" ? Endpoints::kSignal : Endpoints::kSubflow);
  check_setup(lab, lab.scenario);
  const Sandbox sandbox;
  const BackendChoice links =
      choose_backend(o.links, lab.scenario, true, has_flow_cap(lab.scenario));
  lab.backend = links.backend;
  lab.seeds_netem = links.seeds_netem;
  check_capture(lab);
  say(fmt::format(
      "{}, links by {}{}{}", lab.scenario.name, to_text(links.backend),
      lab.store ? fmt::format(", store {} {}", to_text(lab.store->kind), lab.store->version) : "",
      o.check ? ": checking, which takes a few seconds per link" : ""));
  if (!sandbox.why_host_proc().empty()) {
    say(fmt::format(
        "/proc shows the processes of the host, so ps, pgrep and pkill find others than "
        "the lab's: no other /proc can be mounted here ({}); run as root to get one",
        sandbox.why_host_proc()));
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
      "Build the links, run a command or a shell over them, and prove its protocol and links: "
      "lab [SCENARIO] [-- COMMAND...]");
  sub->footer(R"(
The store is at $STORE_HOST:$STORE_PORT. $CLIENT_NETNS, $SERVER_NETNS and (with netem) $ROUTER_NETNS
are the paths of the namespaces, for nsenter. Further clients have $CLIENT2_NETNS and so on.
Examples:
  mptcp-bench lab -- sh -c 'redis-benchmark -h $STORE_HOST -p $STORE_PORT -t set,get -d 4096'
  mptcp-bench lab wifi-and-lte --check
  mptcp-bench lab two-clean-links --store none -- sh -c \
    'nsenter --net=$SERVER_NETNS iperf3 -s -1 -D; sleep 1; iperf3 -c $STORE_HOST')");
  sub->add_option("scenario", o->scenario, with_default("Scenario of the links", o->scenario))
      ->type_name("NAME|FILE");
  sub->add_option("--store", o->store,
                  with_default("Store to start: valkey, redis, builtin, none, or auto, the first "
                               "store that this host can run",
                               o->store))
      ->type_name("NAME");
  only(sub->add_option(
           "--proto", o->proto,
           with_default("Protocol of the store's listener: tcp, or mptcp, which serves TCP "
                        "clients too",
                        o->proto)),
       {"tcp", "mptcp"});
  sub->add_option("--in", o->in,
                  with_default("Namespace of the command: client (client2 is the second one of the "
                               "scenario), server or router (netem only)",
                               o->in))
      ->type_name("{client,server,router}");
  only(sub->add_option("--links", o->links, with_default(kLinksHelp, o->links)),
       {"auto", "netem", "tun"});
  sub->add_option("--congestion", o->congestion,
                  "Congestion control at both ends (default: the host's)")
      ->type_name("NAME");
  only(sub->add_option(
           "--ip", o->ip,
           with_default("IP version of the store's address and of MPTCP's endpoints: v4, v6, "
                        "or dual, in which the server announces addresses of IPv4",
                        o->ip)),
       {"v4", "v6", "dual"});
  sub->add_option("--seed", o->seed,
                  with_default("Random seed for packet loss and jitter", o->seed))
      ->check(whole_number(0, std::numeric_limits<std::uint64_t>::max()))
      ->type_name("N");
  sub->add_option("--json", o->json,
                  "File for the proof as JSON: protocols of the command's connections, and traffic")
      ->type_name("FILE");
  sub->add_option("--evidence", o->evidence,
                  "Folder for an archive that a report of a kernel bug needs: sockets, events, "
                  "counters and settings of both ends")
      ->type_name("DIR");
  sub->add_option("--capture", o->capture,
                  "File for every packet of the links and the reason of each drop, as pcapng, of 1 "
                  "GiB at most; needs --links tun")
      ->type_name("FILE");
  sub->add_flag("--check", o->check,
                "Run no command, but measure rate, delay and loss of each link, and compare them "
                "with the scenario");
  sub->callback([&action, &words, o] { action = [&words, o] { return lab(*o, words); }; });
}

}  // namespace mpb
