#include "load/path_log.hh"

#include <algorithm>

#include "net/mptcp.hh"

namespace mpb {

namespace {

std::string key_of(const Subflow& subflow) {
  return subflow.local.text() + " " + subflow.remote.text();
}

}  // namespace

void PathLog::open(int fd) { open(subflows_of(fd)); }
void PathLog::leave(int fd) { leave(subflows_of(fd)); }
void PathLog::close(int fd) { close(subflows_of(fd)); }

std::vector<PathCount> PathLog::paths() const {
  std::vector<PathCount> paths = paths_;
  for (const auto& [key, base] : bases_) ++paths[base.path].subflows_gone;
  return paths;
}

void PathLog::open(const std::vector<Subflow>& subflows) {
  for (const Subflow& its : subflows) {
    const std::size_t path = path_of(its);
    if (its.established) ++paths_[path].subflows_start;
    bases_[key_of(its)] = {path, its.bytes_sent, its.bytes_retransmitted, its.bytes_received};
  }
}

void PathLog::leave(const std::vector<Subflow>& subflows) {
  for (const Subflow& its : subflows) {
    Base base{path_of(its), 0, 0, 0};  // one that opened in the window counts from 0
    if (const auto known = bases_.find(key_of(its)); known != bases_.end()) {
      base = known->second;
      bases_.erase(known);
    }
    PathCount& path = paths_[base.path];
    path.bytes_sent += static_cast<std::int64_t>(its.bytes_sent - base.sent);
    path.bytes_retransmitted +=
        static_cast<std::int64_t>(its.bytes_retransmitted - base.retransmitted);
    path.bytes_received += static_cast<std::int64_t>(its.bytes_received - base.received);
  }
}

void PathLog::close(const std::vector<Subflow>& subflows) {
  for (const Subflow& its : subflows) {
    if (its.established) ++paths_[path_of(its)].subflows_end;
  }
  leave(subflows);
}

// Without those whose addresses the kernel no longer knows, because the connection is broken.
std::vector<Subflow> PathLog::subflows_of(int fd) const {
  if (fd < 0) return {};
  std::vector<Subflow> all =
      transport_ == Transport::kMptcp ? mptcp_state(fd).all : std::vector<Subflow>{};
  // A connection that fell back is one of TCP.
  if (all.empty()) all.push_back(tcp_state(fd));
  std::erase_if(
      all, [](const Subflow& its) { return its.local.family() == 0 || its.remote.family() == 0; });
  return all;
}

std::size_t PathLog::path_of(const Subflow& subflow) {
  const std::string local = subflow.local.host(), remote = subflow.remote.host();
  const auto found = std::find_if(paths_.begin(), paths_.end(), [&](const PathCount& path) {
    return path.local == local && path.remote == remote;
  });
  if (found != paths_.end()) return static_cast<std::size_t>(found - paths_.begin());
  PathCount& path = paths_.emplace_back();
  path.local = local;
  path.remote = remote;
  return paths_.size() - 1;
}

}  // namespace mpb
