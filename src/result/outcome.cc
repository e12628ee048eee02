#include "result/outcome.hh"

#include <algorithm>
#include <numeric>

namespace mpb {

namespace {

constexpr std::array<std::string_view, kLosses> kLossNames{
    "connect", "reset", "closed", "timeout", "error_reply", "short_reply", "protocol", "corrupt"};

void merge_segment(Segment& into, const Segment& other) {
  into.requests += other.requests;
  into.lost += other.lost;
  into.longest_stall = std::max(into.longest_stall, other.longest_stall);
  if (other.first_success && (!into.first_success || *other.first_success < *into.first_success))
    into.first_success = other.first_success;
}

void merge_path(std::vector<PathCount>& paths, const PathCount& other) {
  const auto same = std::find_if(paths.begin(), paths.end(), [&](const PathCount& path) {
    return path.host == other.host && path.local == other.local && path.remote == other.remote;
  });
  if (same == paths.end()) return paths.push_back(other);
  same->subflows_start += other.subflows_start;
  same->subflows_end += other.subflows_end;
  same->subflows_gone += other.subflows_gone;
  same->bytes_sent += other.bytes_sent;
  same->bytes_retransmitted += other.bytes_retransmitted;
  same->bytes_received += other.bytes_received;
}

}  // namespace

std::string_view to_text(Loss loss) { return kLossNames[static_cast<std::size_t>(loss)]; }

void MptcpProof::add(bool fallback, int subflows, int expected) {
  merge({1, fallback ? 1 : 0, subflows, subflows, subflows >= expected ? 1 : 0});
}

void MptcpProof::merge(const MptcpProof& other) {
  if (other.connections == 0) return;
  subflows_min = connections == 0 ? other.subflows_min : std::min(subflows_min, other.subflows_min);
  subflows_max = std::max(subflows_max, other.subflows_max);
  connections += other.connections;
  fallbacks += other.fallbacks;
  complete += other.complete;
}

double Segment::throughput_rps() const {
  return to > from ? static_cast<double>(requests) / seconds(to - from) : 0;
}

double Outcome::throughput_rps() const {
  return duration > Nanos{0} ? static_cast<double>(requests) / seconds(duration) : 0;
}
double Outcome::goodput_bps() const {
  return duration > Nanos{0} ? 8 * static_cast<double>(payload_bytes) / seconds(duration) : 0;
}

std::uint64_t Outcome::lost() const {
  return std::accumulate(errors.begin(), errors.end(), std::uint64_t{0});
}

void Outcome::merge(const Outcome& other) {
  requests += other.requests;
  for (std::size_t i = 0; i < kLosses; ++i) errors[i] += other.errors[i];
  censored += other.censored;
  unsent += other.unsent;
  misses += other.misses;
  verified += other.verified;
  reconnects += other.reconnects;
  if (other.ended_connections) {
    EndedConnections sum = ended_connections.value_or(EndedConnections{});
    sum.connections += other.ended_connections->connections;
    sum.fallbacks += other.ended_connections->fallbacks;
    sum.complete += other.ended_connections->complete;
    ended_connections = sum;
  }
  payload_bytes += other.payload_bytes;
  slices.resize(std::max(slices.size(), other.slices.size()));
  for (std::size_t i = 0; i < other.slices.size(); ++i) slices[i] += other.slices[i];
  if (other.after_idle) after_idle = after_idle.value_or(0) + *other.after_idle;
  if (backlog.empty()) {
    backlog = other.backlog;
  } else {
    for (std::size_t i = 0; i < std::min(backlog.size(), other.backlog.size()); ++i)
      backlog[i] += other.backlog[i];
  }
  duration = std::max(duration, other.duration);
  time_to_ready = std::max(time_to_ready, other.time_to_ready);
  ready_after.merge(other.ready_after);
  complete_after.merge(other.complete_after);
  joined_after.resize(std::max(joined_after.size(), other.joined_after.size()));
  for (std::size_t i = 0; i < other.joined_after.size(); ++i)
    joined_after[i].merge(other.joined_after[i]);
  interrupted = interrupted || other.interrupted;
  first_byte.merge(other.first_byte);
  last_byte.merge(other.last_byte);
  response.merge(other.response);
  send_delay.merge(other.send_delay);
  mptcp_start.merge(other.mptcp_start);
  mptcp_end.merge(other.mptcp_end);
  congestion_control.insert(other.congestion_control.begin(), other.congestion_control.end());
  cpu_pct.insert(cpu_pct.end(), other.cpu_pct.begin(), other.cpu_pct.end());
  threads.insert(threads.end(), other.threads.begin(), other.threads.end());
  if (segments.empty()) {
    segments = other.segments;
  } else if (!other.segments.empty()) {
    for (std::size_t i = 0; i < segments.size(); ++i) merge_segment(segments[i], other.segments[i]);
  }
  for (const Segment& segment : segments)
    longest_stall = std::max(longest_stall.value_or(Nanos{0}), segment.longest_stall);
  if (other.unfinished_stall)
    unfinished_stall = std::max(unfinished_stall.value_or(Nanos{0}), *other.unfinished_stall);
  subflows.insert(subflows.end(), other.subflows.begin(), other.subflows.end());
  for (const PathCount& path : other.paths) merge_path(paths, path);
  for (const auto& [command, count] : other.calls) {
    calls[command].sent += count.sent;
    calls[command].answered += count.answered;
  }
}

}  // namespace mpb
