#include "world/links.hh"

#include <stdexcept>

namespace mpb {

void Links::perform(const Step& step) {
  throw std::logic_error("this backend has no such step: " + to_text(step));
}

void Links::before_event(const LinkState&, const LinkState&) {}

void Links::record_offloads(std::map<std::string, NamespaceRecord>&) const {}

std::uint64_t Links::lost_by_emulator(const std::set<std::string>&) { return 0; }

std::unique_ptr<Links> make_links(const WorldOptions& options, const Spaces& spaces) {
  if (options.backend == Backend::kTun) return make_tun_links(options, spaces);
  if (options.backend == Backend::kNetem) return make_netem_links(options, spaces);
  return make_veth_links(options, spaces);
}

}  // namespace mpb
