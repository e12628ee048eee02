#include "world/backend.hh"

#include <fmt/format.h>

#include <limits>

#include "emu/traces.hh"
#include "net/tun.hh"
#include "sys/error.hh"
#include "sys/namespace.hh"
#include "world/spaces.hh"

namespace mpb {

namespace {

std::string why_no_tun(const NetNs& netns) {
  inside_netns(netns.fd(), [] { open_tun("probe"); });
  return "";
}

std::string why_no_veth(const NetNs& netns) {
  const Captured made = run_tool(
      netns.fd(), {"ip", "link", "add", "name", "probe", "type", "veth", "peer", "name", "probe2"});
  return made.status.ok() ? "" : without_trailing_space(made.err);
}

std::string why_no_netem(const NetNs& netns) {
  if (find_program("ethtool").empty())
    return "ethtool is not installed; run: apt-get install ethtool";
  const Captured ran =
      run_tool(netns.fd(), {"tc", "qdisc", "add", "dev", "lo", "root", "netem", "delay", "1ms"});
  if (ran.status.ok()) return "";
  if (ran.err.find("kind is unknown") != std::string::npos) {
    return "this kernel has no netem qdisc (tc: Specified qdisc kind is unknown); boot one with "
           "CONFIG_NET_SCH_NETEM";
  }
  return without_trailing_space(ran.err);
}

// With a remedy.
std::string without_flow_cap(const std::string& why) {
  return fmt::format(
      "this kernel cannot hold back each flow in front of netem ({}); use --links tun, or boot one "
      "with CONFIG_IFB, CONFIG_NET_SCH_FQ, CONFIG_NET_SCH_INGRESS, CONFIG_NET_CLS_MATCHALL and "
      "CONFIG_NET_ACT_MIRRED",
      why);
}

// Throws CannotRun if netem does not work here, or cannot have the caps that the links need.
void check_netem(const std::string& word, bool needs_flow_cap) {
  std::string why = why_not(Backend::kNetem);
  if (why.empty() && needs_flow_cap) why = why_no_netem_flow_cap();
  if (!why.empty()) throw CannotRun(fmt::format("--links {}: {}", word, why));
}

}  // namespace

std::string why_no_netem_flow_cap() {
  WorldOptions options;
  options.backend = Backend::kNetem;
  options.scenario.links.push_back({"probe", {.flow_rate = kLinkBounds.slowest_flow}, {}});
  try {
    const Spaces spaces(options.backend, options.scenario);
    for (const Step& step : topology(options)) {
      const bool is_tool = step.kind == Step::Kind::kCommand;
      if (!is_tool || (step.argv[0] != "tc" && step.argv[1] != "link")) continue;
      const Captured ran = spaces.run(step.where, step.argv);
      if (!ran.status.ok()) return without_flow_cap(without_trailing_space(ran.err));
    }
    return "";
  } catch (const std::exception& error) {
    return error.what();
  }
}

std::string why_not(Backend backend) {
  try {
    const NetNs netns;
    if (backend == Backend::kTun) return why_no_tun(netns);
    if (backend == Backend::kVeth) return why_no_veth(netns);
    return why_no_netem(netns);
  } catch (const std::exception& error) {
    return error.what();
  }
}

void check_capture(const WorldOptions& options) {
  if (options.capture.empty() || options.backend == Backend::kTun) return;
  throw BadInput(
      fmt::format("--capture: the links are by {}, which cannot be captured; add --links tun",
                  to_text(options.backend)));
}

bool netem_takes_seeds() {
  const std::string seed = std::to_string(std::numeric_limits<std::int64_t>::max());
  try {
    const NetNs netns;
    // An older tc(8) refuses the word. An older kernel ignores the number and does not show it.
    run_tool(netns.fd(), {"tc", "qdisc", "add", "dev", "lo", "root", "netem", "seed", seed});
    const Captured shown = run_tool(netns.fd(), {"tc", "qdisc", "show", "dev", "lo"});
    return shown.out.find("seed " + seed) != std::string::npos;
  } catch (const std::exception&) {
    return false;  // no tc(8) or no namespaces: why_not() reports the reason
  }
}

BackendChoice choose_backend(const std::string& word, const Scenario& scenario, bool probe,
                             bool needs_flow_cap) {
  const LinkSpec* const traced = link_with_trace(scenario.links);
  if (traced != nullptr && word == "netem") {
    throw BadInput(fmt::format(
        "--links netem: netem cannot follow the trace of {}; use --links tun, or give the link a "
        "rate and events",
        traced->name));
  }
  if (traced != nullptr && word == "auto") {
    const std::string no_tun = why_not(Backend::kTun);
    if (!no_tun.empty())
      throw CannotRun(fmt::format("only tun can follow the trace of {}: {}", traced->name, no_tun));
    return {Backend::kTun, fmt::format("only tun can follow the trace of {}", traced->name)};
  }
  if (word != "auto") {
    const Backend backend = word == "netem" ? Backend::kNetem : Backend::kTun;
    if (probe && backend == Backend::kNetem) {
      check_netem(word, needs_flow_cap);
    } else if (const std::string why = probe ? why_not(backend) : ""; !why.empty()) {
      throw CannotRun(fmt::format("--links {}: {}", word, why));
    }
    return {backend, fmt::format("requested with --links {}", word),
            probe && backend == Backend::kNetem && netem_takes_seeds()};
  }
  if (has_plain_links(scenario) && scenario.links_per_client() == 1 &&
      !scenario.sysctls.contains(Role::kRouter)) {
    const std::string no_veth = why_not(Backend::kVeth);
    if (no_veth.empty()) return {Backend::kVeth, "no link has anything to emulate"};
    throw CannotRun(
        fmt::format("client and server cannot be joined directly here: {}; with --links tun the "
                    "emulator joins them, and its CPU time counts too",
                    no_veth));
  }
  std::string no_netem = why_not(Backend::kNetem);
  if (no_netem.empty() && needs_flow_cap) no_netem = why_no_netem_flow_cap();
  if (no_netem.empty()) return {Backend::kNetem, "this kernel has netem", netem_takes_seeds()};
  const std::string no_tun = why_not(Backend::kTun);
  if (no_tun.empty()) return {Backend::kTun, no_netem};
  throw CannotRun(
      fmt::format("no backend for links works here: netem: {}; tun: {}", no_netem, no_tun));
}

}  // namespace mpb
