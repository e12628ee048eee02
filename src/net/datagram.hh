// Measures one direction of a network path. This process sends datagrams at one end and receives
// them at the other, so both times come from one clock, and the delays of the two directions can be
// distinguished. Datagrams are never fragmented.
//
// An arrival has the time at which the kernel received the datagram, not the time at which this
// process read it. So a busy machine does not distort the delay. One thread uses a path.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "net/socket.hh"
#include "sys/clock.hh"
#include "sys/units.hh"

namespace mpb {

// The IPv4 and UDP headers of a datagram.
inline constexpr Bytes kDatagramHeaders = 28_bytes;

struct Arrival {
  std::uint64_t number = 0;  // from 0, in the order of sending
  Nanos sent{};              // on CLOCK_REALTIME, which the kernel uses for its timestamps
  Nanos arrived{};           // on CLOCK_REALTIME
};

class DatagramPath {
 public:
  // Each end is a socket of open_datagram(), opened in its namespace.
  DatagramPath(Fd sender, Fd receiver, Bytes payload);

  // False if the kernel refused the datagram. It was then not sent and has no number.
  bool send();

  // Reads all datagrams that have arrived.
  void receive();

  // The largest packet that the sender's interface takes.
  Bytes mtu() const;

  int receiver() const { return receiver_.get(); }
  std::uint64_t sent() const { return sent_; }
  const std::vector<Arrival>& arrivals() const { return arrivals_; }

  // The number of datagrams that arrived while the receiver's buffer was full. They were not lost
  // on the path.
  std::uint64_t overflowed() const;

 private:
  Fd sender_;
  Fd receiver_;
  std::vector<char> payload_;
  std::uint64_t sent_ = 0;
  std::vector<Arrival> arrivals_;
};

// A UDP socket bound to an address, with any free port.
Fd open_datagram(const Address& local);

}  // namespace mpb
