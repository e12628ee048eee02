// The cost of the emulator. Sends bulk TCP, then UDP, in full-size packets over real TUNs, and
// prints how much one CPU second of the thread that carries the packets moves: once carried by a
// bare forwarder, which only polls, reads and writes, and once by the Ferry over a link without a
// limit. No emulator over these devices can cost less than the forwarder, so their ratio is the
// share of the cost that is not the Ferry's own. The same for a CPU second of the whole host, which
// includes the sender, the receiver and threads of the kernel: work that moves there is not saved.
// Then prints the CPU and the lateness of the Ferry over 2 links of 100 Mbit/s with TCP both ways.
//   ferry_cost [SECONDS] [ROUNDS]      of each measurement; the two carriers alternate
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/tcp.h>
#include <poll.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>

#include "emu/ferry.hh"
#include "tun_world.hh"

namespace mpb {
namespace {

constexpr std::uint16_t kPort = 9;
std::atomic<bool> done;

// Calls of the socket then return after 300 ms at most, so that their thread sees `done`.
void limit_waits(const Fd& fd) {
  const timeval most{.tv_sec = 0, .tv_usec = 300'000};
  for (const int option : {SO_RCVTIMEO, SO_SNDTIMEO})
    setsockopt(fd.get(), SOL_SOCKET, option, &most, sizeof most);
}

Fd tcp_socket() {
  Fd fd{check(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "opening a TCP socket")};
  limit_waits(fd);
  // Another congestion control may pace, which changes how many packets a wake-up finds.
  setsockopt(fd.get(), IPPROTO_TCP, TCP_CONGESTION, "cubic", 5);
  return fd;
}

void send_tcp(std::size_t link, bool client) {
  const sockaddr_in there = address_of(link, !client, kPort);
  Fd fd;
  do {
    fd = tcp_socket();
  } while (connect(fd.get(), reinterpret_cast<const sockaddr*>(&there), sizeof there) < 0 && !done);
  const std::vector<char> payload(128 << 10);
  while (!done) ::send(fd.get(), payload.data(), payload.size(), MSG_NOSIGNAL);
}

void receive_tcp(std::size_t link, bool client) {
  const Fd listener = tcp_socket();
  const sockaddr_in here = address_of(link, client, kPort);
  check(bind(listener.get(), reinterpret_cast<const sockaddr*>(&here), sizeof here), "binding");
  check(listen(listener.get(), 1), "listening");
  Fd fd;
  while (!fd && !done) fd = Fd{accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC)};
  limit_waits(fd);
  std::vector<char> buffer(256 << 10);
  while (!done) ::recv(fd.get(), buffer.data(), buffer.size(), 0);
}

void one_way_tcp(bool client) { client ? send_tcp(0, client) : receive_tcp(0, client); }

void both_ways_tcp(bool client) {
  std::vector<std::thread> threads;
  for (std::size_t link = 0; link < 2; ++link) {
    threads.emplace_back(send_tcp, link, client);
    threads.emplace_back(receive_tcp, link, client);
  }
  for (std::thread& thread : threads) thread.join();
}

// The receiver only has to keep its port open.
void one_way_udp(bool client) {
  const Fd fd = udp_socket(0, client);
  const char payload[1472] = {};
  while (!done) {
    if (client) {
      ::send(fd.get(), payload, sizeof payload, 0);
    } else {
      std::this_thread::sleep_for(10ms);
    }
  }
}

// The bits of Ethernet frames, both ways, and the time of the thread that carried them.
struct Carried {
  double gbit = 0;
  Nanos elapsed{};
  Nanos cpu{};
  double host = 0;              // seconds
  LatenessSnapshot lateness{};  // of the Ferry
  double per_cpu_second() const { return gbit / seconds(cpu); }
};

struct World {
  std::vector<Fd> client;
  std::vector<Fd> server;
};

Nanos thread_cpu() {
  timespec ts;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
  return Nanos{ts.tv_sec * 1'000'000'000LL + ts.tv_nsec};
}

// The CPU time of everything that runs on this host, in seconds.
double host_cpu() {
  std::ifstream stat("/proc/stat");
  std::string name;
  stat >> name;
  double busy = 0;
  for (int field = 0; field < 7; ++field) {  // user nice system idle iowait irq softirq
    double ticks = 0;
    stat >> ticks;
    if (field != 3 && field != 4) busy += ticks;
  }
  return busy / static_cast<double>(sysconf(_SC_CLK_TCK));
}

constexpr Nanos kWarmUp = 1s;  // past the start of TCP and the filling of the queues

Carried by_forwarder(World world, Nanos duration) {
  const int ends[2] = {world.client[0].get(), world.server[0].get()};
  std::vector<char> packet(2048);
  Carried at_start;
  double bits = 0;
  const Nanos started = now();
  for (bool warm = false;;) {
    const Nanos at = now();
    if (!warm && at - started > kWarmUp) {
      warm = true;
      at_start = {bits / 1e9, at, thread_cpu(), host_cpu()};
    }
    if (at - started > kWarmUp + duration)
      return {bits / 1e9 - at_start.gbit, at - at_start.elapsed, thread_cpu() - at_start.cpu,
              host_cpu() - at_start.host};
    pollfd readable[2] = {{ends[0], POLLIN, 0}, {ends[1], POLLIN, 0}};
    if (poll(readable, 2, 1) <= 0) continue;
    for (int from = 0; from < 2; ++from) {
      for (int i = 0; i < 16 && readable[from].revents & POLLIN; ++i) {
        const ssize_t length = ::read(ends[from], packet.data(), packet.size());
        if (length <= 0) break;
        if (::write(ends[1 - from], packet.data(), static_cast<std::size_t>(length)) == length)
          bits += 8.0 * static_cast<double>(length + kEthernetHeader.count);
      }
    }
  }
}

double gbit_of(const Snapshot& snapshot) {
  double bits = 0;
  for (const LinkSnapshot& link : snapshot.links)
    bits += 8.0 * static_cast<double>(link.up.delivered_bytes + link.down.delivered_bytes);
  return bits / 1e9;
}

Carried by_ferry(World world, const LinkModel& model, Nanos duration) {
  std::vector<LinkEnds> ends;
  for (std::size_t i = 0; i < world.client.size(); ++i) {
    ends.push_back({{"link" + std::to_string(i), model, model},
                    std::move(world.client[i]),
                    std::move(world.server[i])});
  }
  Ferry ferry(std::move(ends), Seed{1});
  int pipe_ends[2];
  check(pipe2(pipe_ends, O_CLOEXEC), "making a pipe");
  const Fd reader{pipe_ends[0]};
  Fd writer{pipe_ends[1]};
  Snapshot before, after;
  bool warm = false;
  ferry.on_readable(reader.get(), [&] {
    char bell;
    if (::read(reader.get(), &bell, 1) != 1) {
      after = ferry.snapshot();
      ferry.stop();
    } else if (!warm) {
      warm = true;
      ferry.reset_lateness();
      before = ferry.snapshot();
    }
  });
  std::thread carrier([&] { ferry.run(); });
  std::this_thread::sleep_for(kWarmUp);
  const double host = host_cpu();
  check(static_cast<int>(::write(writer.get(), "", 1)), "writing to a pipe");
  std::this_thread::sleep_for(duration);
  writer.reset();
  carrier.join();
  return {gbit_of(after) - gbit_of(before), after.at - before.at, after.cpu - before.cpu,
          host_cpu() - host, after.lateness};
}

Carried measure(std::size_t links, void (*work)(bool client),
                const std::function<Carried(World)>& carry) {
  done = false;
  auto [server, server_plugs] = start_side(false, links, [work] { work(false); });
  auto [client, client_plugs] = start_side(true, links, [work] { work(true); });
  const Carried carried = carry({std::move(client_plugs), std::move(server_plugs)});
  done = true;
  client.join();
  server.join();
  return carried;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

void compare(const char* name, void (*work)(bool client), Nanos duration, int rounds) {
  std::vector<double> bare, ours, ratios;
  for (int round = 0; round < rounds; ++round) {
    const Carried forwarder =
        measure(1, work, [&](World world) { return by_forwarder(std::move(world), duration); });
    const Carried ferry =
        measure(1, work, [&](World world) { return by_ferry(std::move(world), {}, duration); });
    bare.push_back(forwarder.per_cpu_second());
    ours.push_back(ferry.per_cpu_second());
    ratios.push_back(ours.back() / bare.back());
    for (const auto& [who, carried] : {std::pair{"forwarder", forwarder}, {"ferry", ferry}}) {
      fmt::print("{}, {}: {:.2f} Gbit/s, {:.2f} Gbit per CPU second, {:.2f} of the host\n", name,
                 who, carried.gbit / seconds(carried.elapsed), carried.per_cpu_second(),
                 carried.gbit / carried.host);
    }
    std::fflush(stdout);
  }
  fmt::print("{}: medians {:.2f} and {:.2f} Gbit per CPU second, ratio {:.2f}\n", name,
             median(bare), median(ours), median(ratios));
}

void run(Nanos duration, int rounds) {
  compare("tcp", one_way_tcp, duration, rounds);
  compare("udp", one_way_udp, duration, rounds);
  const LinkModel model{.rate = 100_mbit, .delay = 5ms, .queue = {.packets = 1000}};
  for (int round = 0; round < rounds; ++round) {
    const Carried ferry = measure(
        2, both_ways_tcp, [&](World world) { return by_ferry(std::move(world), model, duration); });
    fmt::print(
        "2 x 100 Mbit both ways: {:.3f} Gbit/s, {:.1f} % of a CPU (host {:.1f} %), lateness p50 "
        "{:.1f} us, p99 {:.1f} us\n",
        ferry.gbit / seconds(ferry.elapsed), 100 * seconds(ferry.cpu) / seconds(ferry.elapsed),
        100 * ferry.host / seconds(ferry.elapsed), seconds(ferry.lateness.p50) * 1e6,
        seconds(ferry.lateness.p99) * 1e6);
    std::fflush(stdout);
  }
}

}  // namespace
}  // namespace mpb

int main(int argc, char** argv) {
  using namespace mpb;
  const double time = argc > 1 ? std::atof(argv[1]) : 2;
  const int rounds = argc > 2 ? std::atoi(argv[2]) : 3;
  try {
    run(Nanos{static_cast<std::int64_t>(time * 1e9)}, std::max(1, rounds));
  } catch (const CannotRun& error) {
    std::printf("SKIPPED: %s\n", error.what());
    return kCannotRun;
  } catch (const std::exception& error) {
    std::printf("%s\n", error.what());
    return kFailed;
  }
}
