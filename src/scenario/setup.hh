// The set-up of a world: the choices of a person who configures MPTCP, apart from the links.
//
// result/variant.hh has the names of the settings, and this file their values and effects.
#pragma once

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "result/parameters.hh"
#include "result/variant.hh"
#include "scenario/addresses.hh"
#include "scenario/endpoints.hh"
#include "scenario/scenario.hh"

namespace mpb {

// Who adds the client's endpoints.
enum class PathManager {
  kKernel,  // we do, and the kernel opens the subflows
  kMptcpd,  // mptcpd(8) with its path manager addr_adv: one for each address of the client
};

// How the listener of the store becomes MPTCP.
enum class StoreMptcp {
  kBest,      // by its own option if it has one, otherwise by mptcpize(8)
  kNative,    // by its own option
  kMptcpize,  // by mptcpize(8), which replaces the store's calls of socket(2)
  kMptcpify,  // by a BPF program in the kernel, see net/mptcpify.hh
};

struct Setup {
  Endpoints endpoints = Endpoints::kSubflow;
  int subflows_per_link = 1;  // each from an address of its own; only with kSubflow and kBackup
  PathManager path_manager = PathManager::kKernel;
  StoreMptcp store_mptcp = StoreMptcp::kBest;
  std::string ip = "v4";  // "v4", "v6" or "dual"
};

// The version of IP with which connections use a link (from 0). With "dual", a connection starts
// with IPv6 on the first link and has subflows of IPv4 on all others.
Family family_of(const Setup& setup, std::size_t link);

// The versions of IP for which the links have addresses. IPv4 is always one of them.
std::vector<Family> families_of(const Setup& setup);
bool has_ipv6(const Setup& setup);

// An endpoint of ip-mptcp(8).
struct Endpoint {
  std::string address, device;
  std::set<std::string> flags;  // "subflow", "signal", "backup", "fullmesh", "laminar"

  bool operator==(const Endpoint&) const = default;
};

// The MPTCP settings of a host at one end of the links.
struct EndSettings {
  int subflows = 0;           // the limits: further subflows of a connection,
  int add_addr_accepted = 0;  // and announced addresses that it uses
  std::vector<Endpoint> endpoints;
};
EndSettings end_settings(const Setup& setup, const Scenario& scenario, const Place& end);

// The number of subflows of a connection over that number of links, the first one included.
int subflows_of(const Setup& setup, std::size_t links);

// The largest number that this kernel allows: before Linux 7.2 eight further ones, then 64.
int most_subflows();
inline constexpr int kMostSubflows = 65;

// The mean of a trace is that of a window which opens at its start.
LinkCapacity capacity_of(const LinkSpec& link, Nanos window);

// The link (from 0) of a subflow or connection, by the client's address, in the form
// "10.0.1.1" or "[fd00:0:1::1]". Nothing for other addresses.
std::optional<std::size_t> link_of_client(const std::string& address, const Scenario& scenario);

// Throws BadInput if no world can have such a setting, with the nearest name or value.
void check_variable(const Variable& variable);

// Throws BadInput if the set-up cannot be made over the scenario's links.
void check_setup(const Setup& setup, const Scenario& scenario);

// Throws BadInput if a named variant has a setting that no variant of MPTCP can have.
void check_named_variant(const Settings& settings);

// The world's settings with those of a variant, which check_variable() has accepted.
void apply(const Settings& variant, WorldParameters& world, Setup& setup);

}  // namespace mpb
