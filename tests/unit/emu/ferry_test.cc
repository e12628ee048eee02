// The ferry over socket pairs that keep message boundaries, in place of TUNs: no privileges, no
// kernel network.
#include "emu/ferry.hh"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <csignal>
#include <set>
#include <string>
#include <thread>

#include "emu/control.hh"
#include "sys/error.hh"

namespace mpb {
namespace {

std::pair<Fd, Fd> socket_pair(int type) {
  int fds[2];
  check(socketpair(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), "making a socket pair");
  const int size = 4 << 20;
  for (const int fd : fds) setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
  return {Fd{fds[0]}, Fd{fds[1]}};
}

// run_ferry() in a thread, between the test's `client` and `server`, spoken to through a pipe.
class Rig {
 public:
  explicit Rig(const LinkModel& up, const LinkModel& down = {}, int type = SOCK_SEQPACKET,
               Fd capture = {}) {
    auto [near_peer, near_end] = socket_pair(type);
    auto [far_peer, far_end] = socket_pair(type);
    auto [commands, control] = socket_pair(SOCK_STREAM);
    std::vector<LinkEnds> links;
    links.push_back({{"link1", up, down}, std::move(near_end), std::move(far_end)});
    client = std::move(near_peer);
    server = std::move(far_peer);
    commands_ = std::move(commands);
    thread_ = std::thread([links = std::move(links), control = std::move(control),
                           capture = std::move(capture), this]() mutable {
      exit_code =
          run_ferry(std::move(links), Seed{1}, control.get(), control.get(), std::move(capture));
    });
  }
  ~Rig() { hang_up(); }

  void hang_up() {
    commands_.reset();
    if (thread_.joinable()) thread_.join();
  }

  std::string ask(const std::string& command) {
    EXPECT_EQ(write(commands_.get(), (command + '\n').data(), command.size() + 1),
              static_cast<ssize_t>(command.size() + 1));
    std::string reply = receive(commands_.get());
    EXPECT_EQ(reply.back(), '\n');
    return reply;
  }
  DirectionSnapshot up() { return snapshot_from_json(ask("snapshot")).links.at(0).up; }

  // The next message, or "" after five seconds without one.
  static std::string receive(int fd) {
    pollfd waiting{.fd = fd, .events = POLLIN};
    if (poll(&waiting, 1, 5000) <= 0) return "";
    std::string message(65536, '\0');
    const ssize_t got = read(fd, message.data(), message.size());
    message.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return message;
  }

  Fd client;
  Fd server;
  int exit_code = -1;

 private:
  Fd commands_;
  std::thread thread_;
};

std::string packet(int i) {
  std::string text = std::to_string(i) + ':';
  text.resize(20 + static_cast<std::size_t>(i) * 37 % 1481, static_cast<char>('a' + i % 26));
  return text;
}

void send(const Fd& fd, const std::string& message) {
  ASSERT_EQ(write(fd.get(), message.data(), message.size()), static_cast<ssize_t>(message.size()));
}

class FerryOver : public testing::TestWithParam<int> {};

TEST_P(FerryOver, CarriesEveryPacketIntactAndInOrder) {
  Rig rig({.rate = 1_gbit, .delay = 2ms, .jitter = 1ms}, {.delay = 1ms}, GetParam());
  for (int round = 0; round < 10; ++round) {
    for (int i = 0; i < 100; ++i) {
      send(rig.client, packet(i));
      send(rig.server, packet(i + 1000));
    }
    for (int i = 0; i < 100; ++i) {
      EXPECT_EQ(Rig::receive(rig.server.get()), packet(i));
      EXPECT_EQ(Rig::receive(rig.client.get()), packet(i + 1000));
    }
  }
  EXPECT_EQ(rig.up().delivered, 1000u);
}

INSTANTIATE_TEST_SUITE_P(Messages, FerryOver, testing::Values(SOCK_SEQPACKET, SOCK_DGRAM));

// A ferry that has fallen behind reads up to 16 packets of each link in turn.
TEST(Ferry, ServesNoLinkFirstAlways) {
  auto [sender1, client1] = socket_pair(SOCK_DGRAM);
  auto [sender2, client2] = socket_pair(SOCK_DGRAM);
  auto [server, receiver] = socket_pair(SOCK_DGRAM);
  constexpr std::size_t kTurns = 4;
  for (std::size_t i = 0; i < 16 * kTurns; ++i) send(sender1, "link1"), send(sender2, "link2");
  auto [commands, control] = socket_pair(SOCK_STREAM);
  std::vector<LinkEnds> links;
  links.push_back({{"link1", {}, {}}, std::move(client1), Fd{dup(server.get())}});
  links.push_back({{"link2", {}, {}}, std::move(client2), std::move(server)});
  std::thread ferry([&links, &control = control] {
    run_ferry(std::move(links), Seed{1}, control.get(), control.get());
  });
  std::vector<std::string> order;
  for (std::size_t i = 0; i < 32 * kTurns; ++i) order.push_back(Rig::receive(receiver.get()));
  commands.reset();
  ferry.join();
  std::set<std::string> first;
  for (std::size_t turn = 0; turn < kTurns; ++turn) first.insert(order[32 * turn]);
  EXPECT_EQ(first, (std::set<std::string>{"link1", "link2"}));
}

TEST(Ferry, TakesAtLeastTheDelayAndTheTimeOnTheLine) {
  Rig rig({.rate = 10_mbit, .delay = 20ms});
  const Nanos started = now();
  for (int i = 0; i < 10; ++i) send(rig.client, std::string(1500, 'x'));
  for (int i = 0; i < 10; ++i) EXPECT_EQ(Rig::receive(rig.server.get()).size(), 1500u);
  EXPECT_GE(now() - started, 20ms + 10 * 1211200ns);
}

// The ferry wakes every 5 ms in any case. A packet that waits for that is 2.5 ms late on average.
TEST(Ferry, WakesWhenAPacketIsDue) {
  Rig rig({.delay = 2ms});
  for (int i = 0; i < 30; ++i) {
    send(rig.client, packet(i));
    EXPECT_EQ(Rig::receive(rig.server.get()), packet(i));
  }
  EXPECT_LT(snapshot_from_json(rig.ask("snapshot")).lateness.p50, 1ms);
}

TEST(Ferry, WakesForBothOfTwoPacketsThatAreDueTogether) {
  Rig rig({.delay = 2ms}, {.delay = 2ms + 5us});
  for (int i = 0; i < 30; ++i) {
    send(rig.client, packet(i));
    send(rig.server, packet(i));
    EXPECT_EQ(Rig::receive(rig.server.get()), packet(i));
    EXPECT_EQ(Rig::receive(rig.client.get()), packet(i));
  }
  EXPECT_LT(snapshot_from_json(rig.ask("snapshot")).lateness.p50, 1ms);
}

// A longer gap means that the ferry did not run, and makes a run invalid.
TEST(Ferry, WakesWithoutPackets) {
  Rig rig({});
  rig.ask("reset-lateness");
  std::this_thread::sleep_for(300ms);
  EXPECT_LT(snapshot_from_json(rig.ask("snapshot")).longest_gap, 150ms);
}

TEST(Ferry, SleepsUntilAPacketIsDue) {
  Rig rig({.delay = 300ms});
  const Nanos before = snapshot_from_json(rig.ask("snapshot")).cpu;
  send(rig.client, packet(1));
  EXPECT_EQ(Rig::receive(rig.server.get()), packet(1));
  EXPECT_LT(snapshot_from_json(rig.ask("snapshot")).cpu - before, 100ms);
}

TEST(Ferry, CarriesPacketsOfALargeMtu) {
  Rig rig({.mtu = 9000_bytes}, {.mtu = 9000_bytes});
  for (int i = 0; i < 300; ++i) {
    const std::string large(static_cast<std::size_t>(9000 - i), static_cast<char>('a' + i % 26));
    send(rig.client, large);
    EXPECT_EQ(Rig::receive(rig.server.get()), large);
    send(rig.server, large);
    EXPECT_EQ(Rig::receive(rig.client.get()), large);
  }
  EXPECT_EQ(rig.up().overflowed, 0u);
}

TEST(Ferry, CountsEveryPacketOnce) {
  Rig rig({.rate = 10_mbit, .loss = {0.3}, .queue = {.packets = 20}});
  std::uint64_t bytes = 0;
  for (int i = 0; i < 200; ++i) {
    send(rig.client, packet(i));
    bytes += packet(i).size() + 14;
  }
  DirectionSnapshot seen;
  const Nanos deadline = now() + 5s;
  do {
    seen = rig.up();
    EXPECT_EQ(seen.packets, seen.lost + seen.tail_dropped + seen.blackholed + seen.flow_dropped +
                                seen.in_flight + seen.delivered + seen.write_errors +
                                seen.overflowed);
  } while ((seen.packets < 200 || seen.in_flight > 0) && now() < deadline);
  EXPECT_EQ(seen.packets, 200u);
  EXPECT_EQ(seen.bytes, bytes);
  EXPECT_GT(seen.lost, 0u);
  EXPECT_GT(seen.tail_dropped, 0u);
  std::uint64_t delivered_bytes = 0;
  for (std::uint64_t i = 0; i < seen.delivered; ++i)
    delivered_bytes += Rig::receive(rig.server.get()).size() + 14;
  EXPECT_EQ(seen.delivered_bytes, delivered_bytes);
}

// Packets of two flows: IPv4 headers with UDP ports.
std::string packet_of(int flow, int number) {
  std::string text(1500, static_cast<char>(number));
  text.replace(0, 24,
               std::string("\x45\0\0\0\0\0\0\0\0\x11\0\0\1\2\3\4\5\6\7\x8\0\1\0", 23) +
                   static_cast<char>(flow));
  return text;
}

TEST(Ferry, HoldsEachFlowBackAndLetsOthersOvertake) {
  Rig rig({.flow_rate = 10_mbit, .flow_queue = {.packets = 5}});
  const Nanos started = now();
  for (int i = 0; i < 20; ++i) send(rig.client, packet_of(1, i));
  send(rig.client, packet_of(2, 0));
  std::vector<std::string> order;
  DirectionSnapshot seen;
  const Nanos deadline = now() + 5s;
  do {
    seen = rig.up();
    EXPECT_TRUE(seen.adds_up());
  } while ((seen.packets < 21 || seen.in_flight > 0) && now() < deadline);
  EXPECT_EQ(seen.packets, 21u);
  EXPECT_EQ(seen.bytes, 21u * 1514);
  EXPECT_GT(seen.flow_dropped, 0u);
  EXPECT_GE(seen.delivered, 7u);
  // The first packet passes at once, and each further one of the flow waits for the one before it.
  EXPECT_GE(now() - started, static_cast<int>(seen.delivered - 2) * 1211200ns);
  int last = -1;
  for (std::uint64_t i = 0; i < seen.delivered; ++i) {
    order.push_back(Rig::receive(rig.server.get()));
    if (order.back()[23] != 1) continue;
    EXPECT_GT(order.back()[1499], last);
    last = order.back()[1499];
  }
  EXPECT_NE(order.back(), packet_of(2, 0));
}

// The number of packets with this comment.
std::uint64_t commented(const Fd& file, const std::string& comment) {
  std::string text(static_cast<std::size_t>(lseek(file.get(), 0, SEEK_END)), '\0');
  EXPECT_EQ(pread(file.get(), text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
  std::uint64_t found = 0;
  for (std::size_t at = 0; (at = text.find(comment, at)) != std::string::npos; ++at) ++found;
  return found;
}

TEST(Ferry, CapturesEveryPacketAtItsEntryAndItsExit) {
  const Fd file{check(memfd_create("capture", 0), "making a file")};
  Rig rig({.rate = 10_mbit, .loss = {0.3}, .queue = {.packets = 20}}, {}, SOCK_SEQPACKET,
          Fd{dup(file.get())});
  for (int i = 0; i < 100; ++i) send(rig.client, packet(i));
  const Nanos deadline = now() + 5s;
  while ((rig.up().packets < 100 || rig.up().in_flight > 0) && now() < deadline) continue;
  const CaptureReport report = capture_report_from_json(rig.ask("end-capture"));
  const DirectionSnapshot& up = report.at_end.links.at(0).up;
  EXPECT_EQ(up.packets, 100u);
  EXPECT_GT(up.lost, 0u);
  EXPECT_GT(up.tail_dropped, 0u);
  EXPECT_EQ(report.count.packets, up.packets + up.delivered);
  EXPECT_EQ(commented(file, "dropped: random loss"), up.lost);
  EXPECT_EQ(commented(file, "dropped: queue full"), up.tail_dropped);
  EXPECT_EQ(rig.ask("end-capture"), "{\"error\":\"there is no capture\"}\n");
  // The ferry carries packets as before.
  send(rig.server, packet(1));
  EXPECT_EQ(Rig::receive(rig.client.get()), packet(1));
}

TEST(Ferry, CapturesThePacketsThatACapPerFlowDrops) {
  const Fd file{check(memfd_create("capture", 0), "making a file")};
  Rig rig({.flow_rate = 1_mbit, .flow_queue = {.packets = 5}}, {}, SOCK_SEQPACKET,
          Fd{dup(file.get())});
  for (int i = 0; i < 20; ++i) send(rig.client, packet_of(1, i));
  const Nanos deadline = now() + 5s;
  while ((rig.up().packets < 20 || rig.up().delivered < 2) && now() < deadline) continue;
  const CaptureReport report = capture_report_from_json(rig.ask("end-capture"));
  const DirectionSnapshot& up = report.at_end.links.at(0).up;
  EXPECT_GT(up.flow_dropped, 0u);
  EXPECT_GT(up.flow_waiting, 0u);
  EXPECT_EQ(commented(file, "dropped: flow cap"), up.flow_dropped);
  EXPECT_EQ(report.count.packets, up.packets - up.flow_waiting + up.delivered);
}

TEST(Ferry, RecordsLatenessForEveryPacketOfTheWindow) {
  Rig rig({.delay = 1ms});
  for (int i = 0; i < 10; ++i) send(rig.client, packet(i));
  for (int i = 0; i < 10; ++i) Rig::receive(rig.server.get());
  EXPECT_EQ(snapshot_from_json(rig.ask("snapshot")).lateness.count, 10u);
  EXPECT_EQ(rig.ask("reset-lateness"), "{}\n");
  EXPECT_EQ(snapshot_from_json(rig.ask("snapshot")).lateness.count, 0u);
  EXPECT_EQ(rig.up().delivered, 10u);
}

TEST(Ferry, BoundsHowLongPacketsWaitedToBeRead) {
  auto [near_peer, near_end] = socket_pair(SOCK_SEQPACKET);
  auto [far_peer, far_end] = socket_pair(SOCK_SEQPACKET);
  const auto [reader, writer] = socket_pair(SOCK_STREAM);
  std::vector<LinkEnds> links;
  links.push_back({{"link1", {}, {}}, std::move(near_end), std::move(far_end)});
  Ferry ferry(std::move(links), Seed{1});
  int commands = 0;
  send(writer, "!");
  ferry.on_readable(reader.get(), [&, &peer = near_peer] {
    if (++commands > 1) return ferry.stop();
    send(peer, packet(1));  // while we are in here
    const timespec pause = to_timespec(30ms);
    nanosleep(&pause, nullptr);
  });
  // The command stays readable: the next turn, which does not sleep, finds it and the packet.
  ferry.run();
  const LatenessSnapshot waited = ferry.snapshot().read_delay;
  EXPECT_EQ(waited.count, 1u);
  EXPECT_GE(waited.max, 30ms);
}

TEST(Ferry, RecordsTheGapsOfTheWindow) {
  Ferry ferry({}, Seed{1});
  const auto [reader, writer] = socket_pair(SOCK_STREAM);
  send(writer, "!");
  ferry.on_readable(reader.get(), [&] {  // keeps the ferry from its packets
    const timespec pause = to_timespec(30ms);
    nanosleep(&pause, nullptr);
    ferry.stop();
  });
  ferry.run();
  const Snapshot seen = ferry.snapshot();
  EXPECT_GE(seen.longest_gap, 30ms);
  EXPECT_GE(seen.gaps, seen.longest_gap);
}

TEST(Ferry, ChangesALinkWhileItRuns) {
  Rig rig({.loss = {1.0}});
  send(rig.client, packet(1));
  while (rig.up().lost == 0) continue;
  EXPECT_EQ(rig.ask(R"(set {"name":"link1","up":{},"down":{}})"), "{}\n");
  send(rig.client, packet(2));
  EXPECT_EQ(Rig::receive(rig.server.get()), packet(2));
}

TEST(Ferry, CountsWhatABlackholeTookAndCarriesOnAfterIt) {
  Rig rig({});
  EXPECT_EQ(rig.ask(R"(set {"name":"link1","up":{"blackhole":true},"down":{}})"), "{}\n");
  send(rig.client, packet(1));
  send(rig.server, packet(2));  // the other way is open
  EXPECT_EQ(Rig::receive(rig.client.get()), packet(2));
  const Nanos deadline = now() + 5s;
  while (rig.up().blackholed == 0 && now() < deadline) continue;
  EXPECT_EQ(rig.ask(R"(set {"name":"link1","up":{},"down":{}})"), "{}\n");
  send(rig.client, packet(3));
  EXPECT_EQ(Rig::receive(rig.server.get()), packet(3));
  const DirectionSnapshot seen = rig.up();
  EXPECT_EQ(seen.blackholed, 1u);
  EXPECT_EQ(seen.packets, seen.blackholed + seen.delivered);
}

TEST(Ferry, AFarEndThatIsGoneIsCountedAndTheFerryGoesOn) {
  Rig rig({});
  rig.server.reset();
  std::signal(SIGPIPE, SIG_IGN);
  send(rig.client, packet(1));
  const Nanos deadline = now() + 5s;
  while (rig.up().write_errors == 0 && now() < deadline) continue;
  EXPECT_EQ(rig.up().write_errors, 1u);
  // It does not spin on the descriptor that is at its end.
  const Nanos before = snapshot_from_json(rig.ask("snapshot")).cpu;
  std::this_thread::sleep_for(100ms);
  EXPECT_LT(snapshot_from_json(rig.ask("snapshot")).cpu - before, 50ms);
}

TEST(Ferry, EndsWithItsControl) {
  Rig rig({});
  rig.hang_up();
  EXPECT_EQ(rig.exit_code, kOk);
}

}  // namespace
}  // namespace mpb
