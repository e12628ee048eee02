#include "load/subflow_log.hh"

#include <algorithm>

#include "net/mptcp.hh"

namespace mpb {

void SubflowLog::open(int fd) { look(fd, 0, true); }

void SubflowLog::sample(int fd, std::size_t row) {
  look(fd, row, false);
  for (Line& line : lines_) {
    for (auto& [name, column] : line.trace.series) {
      if (column.size() > row) continue;
      // The subflow was not seen this time, so it has ended. Its counters keep their last values.
      const std::optional<std::int64_t> last = column.empty() ? std::nullopt : column.back();
      const bool counter = line.base.count(name) > 0;
      column.resize(row + 1, name == "established" ? std::optional<std::int64_t>(0)
                             : counter             ? last
                                                   : std::nullopt);
    }
  }
}

// A column that begins late has no values before.
void SubflowLog::put(Line& line, const std::string& name, std::int64_t value, std::size_t row,
                     bool base) {
  Column& column = line.trace.series[name];
  if (base) return;
  column.resize(row);
  column.emplace_back(value);
}

void SubflowLog::look(int fd, std::size_t row, bool base) {
  if (fd < 0) return;
  const auto counter = [&](Line& line, const std::string& name, std::uint64_t value) {
    const auto count = static_cast<std::int64_t>(value);
    const auto [from, fresh] = line.base.try_emplace(name, base ? count : 0);
    put(line, name, count - from->second, row, base);
  };
  const auto line_of = [&](const std::string& port, const std::string& local,
                           const std::string& remote) -> Line& {
    const auto found = std::find_if(lines_.begin(), lines_.end(),
                                    [&](const Line& line) { return line.port == port; });
    if (found != lines_.end()) return *found;
    Line& line = lines_.emplace_back();
    line.port = port;
    line.trace = {connection_, local, remote, congestion_control(fd), "", {}, {}};
    return line;
  };
  std::vector<Subflow> subflows;
  if (transport_ == Transport::kMptcp) {
    const MptcpState state = mptcp_state(fd);
    Line& whole = line_of("", "", "");
    put(whole, "mptcp", state.mptcp ? 1 : 0, row, base);
    if (state.totals.retransmits) counter(whole, "retransmits", *state.totals.retransmits);
    if (state.totals.bytes_retransmitted)
      counter(whole, "bytes_retransmitted", *state.totals.bytes_retransmitted);
    subflows = state.all;
  }
  if (transport_ == Transport::kTcp) subflows.push_back(tcp_state(fd));
  for (const Subflow& subflow : subflows) {
    if (subflow.local.length == 0) continue;
    Line& line = line_of(subflow.local.text(), subflow.local.host(), subflow.remote.host());
    counter(line, "bytes_sent", subflow.bytes_sent);
    counter(line, "bytes_retransmitted", subflow.bytes_retransmitted);
    counter(line, "bytes_received", subflow.bytes_received);
    put(line, "srtt_us", subflow.rtt_us, row, base);
    put(line, "cwnd", subflow.cwnd, row, base);
    put(line, "established", subflow.established ? 1 : 0, row, base);
  }
}

std::vector<SubflowTrace> SubflowLog::traces() const {
  std::vector<SubflowTrace> traces;
  for (const Line& line : lines_) traces.push_back(line.trace);
  return traces;
}

}  // namespace mpb
