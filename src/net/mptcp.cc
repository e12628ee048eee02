#include "net/mptcp.hh"

#include <arpa/inet.h>
#include <linux/mptcp.h>
#include <linux/tcp.h>

#include <algorithm>
#include <cstddef>
#include <cstring>

#ifndef SOL_MPTCP
#define SOL_MPTCP 284
#endif

namespace mpb {

namespace {

constexpr std::size_t kMostSubflows = 65;  // Linux 7.2 allows 64 further ones
constexpr int kEstablished = 1;            // TCP_ESTABLISHED of the kernel's tcp_states.h

// MPTCP_FULL_INFO of Linux 6.5, which the headers of Debian 12 do not have yet. The names here are
// our own, so that they do not conflict with newer headers.
constexpr int kFullInfo = 4;

// The part of struct mptcp_info that Linux 6.18 fills. An older kernel returns a shorter length.
struct Info {
  std::uint8_t counts[6];
  std::uint32_t flags;
  std::uint32_t token;
  std::uint64_t write_seq, snd_una, rcv_nxt;
  std::uint8_t local_addr_used, local_addr_max, csum_enabled;
  std::uint32_t retransmits;
  std::uint64_t bytes_retransmitted, bytes_sent, bytes_received, bytes_acked;
  char later[128];
};
static_assert(offsetof(Info, flags) == offsetof(struct mptcp_info, mptcpi_flags));
static_assert(offsetof(Info, csum_enabled) == offsetof(struct mptcp_info, mptcpi_csum_enabled));

struct SubflowInfo {
  std::uint32_t id;
  mptcp_subflow_addrs addresses;
};

struct FullInfo {
  std::uint32_t size_tcpinfo_kernel, size_tcpinfo_user, size_sfinfo_kernel, size_sfinfo_user;
  std::uint32_t num_subflows, size_arrays_user;
  alignas(8) std::uint64_t subflow_info;
  alignas(8) std::uint64_t tcp_info;
  char mptcp_info[256];  // struct mptcp_info of any length: the kernel writes at most optlen bytes
};

template <class Element>
struct SubflowArray {
  mptcp_subflow_data header{};
  Element elements[kMostSubflows]{};

  // Returns the number of subflows that the kernel described. The kernel refuses a header without
  // the sizes with which the caller was compiled.
  std::size_t read(int fd, int option) {
    header.size_subflow_data = sizeof header;
    header.size_user = sizeof(Element);
    socklen_t length = sizeof *this;
    if (getsockopt(fd, SOL_MPTCP, option, this, &length) < 0) return 0;
    return std::min<std::size_t>(header.num_subflows, kMostSubflows);
  }
};

Address to_address(const void* from) {
  Address address;
  std::memcpy(&address.storage, from, sizeof address.storage);
  address.length = address.family() == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
  return address;
}

Subflow to_subflow(const tcp_info& info, const mptcp_subflow_addrs& addresses) {
  return {to_address(&addresses.ss_local),
          to_address(&addresses.ss_remote),
          info.tcpi_state == kEstablished,
          info.tcpi_bytes_sent,
          info.tcpi_bytes_retrans,
          info.tcpi_bytes_received,
          info.tcpi_rtt,
          info.tcpi_snd_cwnd};
}

// Reads all subflows at one time, with one system call.
bool read_full_info(int fd, std::vector<Subflow>& all) {
  tcp_info infos[kMostSubflows]{};
  SubflowInfo subflows[kMostSubflows]{};
  FullInfo full{};
  full.size_tcpinfo_user = sizeof infos[0];
  full.size_sfinfo_user = sizeof subflows[0];
  full.size_arrays_user = kMostSubflows;
  full.tcp_info = reinterpret_cast<std::uintptr_t>(infos);
  full.subflow_info = reinterpret_cast<std::uintptr_t>(subflows);
  socklen_t length = sizeof full;
  if (getsockopt(fd, SOL_MPTCP, kFullInfo, &full, &length) < 0) return false;
  const std::size_t count = std::min<std::size_t>(full.num_subflows, kMostSubflows);
  for (std::size_t i = 0; i < count; ++i)
    all.push_back(to_subflow(infos[i], subflows[i].addresses));
  return true;
}

// Linux 5.16 needs two calls. If a subflow opens or closes between them, the wrong rows could be
// paired, so the counts must be equal.
void read_separately(int fd, std::vector<Subflow>& all) {
  SubflowArray<tcp_info> infos;
  SubflowArray<mptcp_subflow_addrs> addresses;
  const std::size_t count = infos.read(fd, MPTCP_TCPINFO);
  if (addresses.read(fd, MPTCP_SUBFLOW_ADDRS) != count) return;
  for (std::size_t i = 0; i < count; ++i)
    all.push_back(to_subflow(infos.elements[i], addresses.elements[i]));
}

}  // namespace

MptcpState mptcp_state(int fd) {
  MptcpState state;
  int protocol = 0;
  socklen_t length = sizeof protocol;
  const bool opened_as_mptcp =
      getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &length) == 0 && protocol == IPPROTO_MPTCP;
  Info info{};
  length = sizeof info;
  // For a connection that fell back, the kernel returns EOPNOTSUPP, or (older kernels, and for a
  // short time) the FALLBACK flag.
  state.mptcp = getsockopt(fd, SOL_MPTCP, MPTCP_INFO, &info, &length) == 0 &&
                length >= offsetof(Info, flags) + sizeof info.flags &&
                (info.flags & MPTCP_INFO_FLAG_FALLBACK) == 0;
  state.fallback = opened_as_mptcp && !state.mptcp;
  if (!state.mptcp) return state;
  if (length >= offsetof(Info, retransmits) + sizeof info.retransmits)
    state.totals.retransmits = info.retransmits;
  if (length >= offsetof(Info, bytes_retransmitted) + sizeof info.bytes_retransmitted) {
    state.totals.bytes_retransmitted = info.bytes_retransmitted;
  }
  if (!read_full_info(fd, state.all)) read_separately(fd, state.all);
  // The kernel describes each of them once, under an id of its own.
  state.subflows = static_cast<int>(std::count_if(
      state.all.begin(), state.all.end(), [](const Subflow& its) { return its.established; }));
  return state;
}

Subflow tcp_state(int fd) {
  tcp_info info{};
  socklen_t length = sizeof info;
  mptcp_subflow_addrs ends{};
  socklen_t local = sizeof ends.ss_local;
  socklen_t remote = sizeof ends.ss_remote;
  if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length) < 0) return {};
  getsockname(fd, reinterpret_cast<sockaddr*>(&ends.ss_local), &local);
  getpeername(fd, reinterpret_cast<sockaddr*>(&ends.ss_remote), &remote);
  return to_subflow(info, ends);
}

Nanos retransmission_timeout(int fd) {
  tcp_info info{};
  socklen_t length = sizeof info;
  if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length) < 0) return Nanos{0};
  return std::chrono::microseconds(info.tcpi_rto);
}

std::string congestion_control(int fd) {
  char name[64] = "";
  socklen_t length = sizeof name - 1;
  if (getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name, &length) < 0) return "";
  return name;
}

}  // namespace mpb
