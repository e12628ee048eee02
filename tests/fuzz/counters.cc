// The kernel's answers about devices, qdiscs, sockets and protocols, as arbitrary bytes.
#include "net/counters.hh"

#include <algorithm>
#include <sstream>
#include <vector>

#include "fuzz.hh"
#include "net/sock_diag.hh"

namespace mpb {

namespace {

// A failed dump contains an error of the kernel, which is thrown.
template <class Counters>
std::vector<Counters> check_datagram(const std::vector<char>& bytes,
                                     bool (*add)(std::span<const char>, std::vector<Counters>&)) {
  std::vector<Counters> all;
  try {
    add(bytes, all);
  } catch (const SysError& error) {
    assert(error.code().value() >= 0);
  }
  assert(all.size() <= bytes.size() / 32);  // a header and its object
  return all;
}

void check_sockets(const std::vector<TcpSocket>& all) {
  for (const TcpSocket& socket : all) {
    assert(!socket.local.empty() && socket.local != "?" && socket.local != "[?]");
    assert(socket.congestion_control.find('\0') == std::string::npos);
    assert(!socket.backup || socket.mptcp);
  }
}

}  // namespace

}  // namespace mpb

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mpb;
  const std::vector<char> bytes(data, data + size);  // aligned, as a buffer of datagrams is
  check_datagram(bytes, add_devices);
  check_datagram(bytes, add_qdiscs);
  check_datagram(bytes, add_bbr_sockets);
  check_sockets(check_datagram(bytes, add_established));
  std::istringstream file(std::string(bytes.begin(), bytes.end()));
  std::map<std::string, std::int64_t> protocols;
  add_protocols(file, protocols);
  for (const auto& [name, count] : protocols) assert(!name.empty());
  std::istringstream softnet(std::string(bytes.begin(), bytes.end()));
  assert(softnet_drops_in(softnet) >= 0);
  return 0;
}
