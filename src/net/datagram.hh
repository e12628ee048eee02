// One direction of a network path, measured from both its ends: datagrams that this process sends
// at one end and receives at the other, so that both times are of one clock and a delay one way can
// be told from the delay the other way.
//
// Arrivals carry the kernel's time of receipt, not the moment at which this process came to read
// them: a busy machine makes the reading late, not the figure. One thread uses a path.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "net/socket.hh"
#include "sys/clock.hh"
#include "sys/units.hh"

namespace mpb {

// What a datagram adds to its payload: IPv4 and UDP headers.
inline constexpr Bytes kDatagramHeaders = 28_bytes;

struct Arrival {
  std::uint64_t number = 0;  // counted from 0, in the order of sending
  Nanos sent{};              // both of CLOCK_REALTIME, which is what the kernel stamps with
  Nanos arrived{};
};

class DatagramPath {
 public:
  // Each end is a socket of open_datagram(), opened in the namespace that it belongs to.
  DatagramPath(Fd sender, Fd receiver, Bytes payload);

  // False when the kernel would not take it: then it was not sent and has no number.
  bool send();

  // Takes in what has arrived.
  void receive();

  int receiver() const { return receiver_.get(); }
  std::uint64_t sent() const { return sent_; }
  const std::vector<Arrival>& arrivals() const { return arrivals_; }

  // How many arrived, but found the receiver's buffer full: not lost on the path.
  std::uint64_t overflowed() const;

 private:
  Fd sender_;
  Fd receiver_;
  std::vector<char> payload_;
  std::uint64_t sent_ = 0;
  std::vector<Arrival> arrivals_;
};

// A UDP socket bound to an address and any free port of it.
Fd open_datagram(const Address& local);

}  // namespace mpb
