// How late is the emulator, how exact is its rate, and how much CPU does it use? Sends full-size
// packets over real TUNs, both ways on every link, at 105 % of the rate, and prints a line of
// figures. The choices in emu/ferry.hh (FerryTuning) rest on them:
//   link_lateness LINKS MBIT SPIN_US REALTIME BUSY SECONDS      e.g. link_lateness 2 100 0 1 0 5
// BUSY threads compete for the processors, as a store and a load generator do. A rate of 0 is a
// flood: throughput through one core.
#include <fcntl.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>

#include "emu/ferry.hh"
#include "tun_world.hh"

namespace mpb {
namespace {

struct Plan {
  std::size_t links;
  BitsPerSecond rate;
  FerryTuning tuning;
  int busy;
  Nanos duration;
};

std::atomic<bool> done = false;

void offer_load(const Plan& plan, bool client) {
  std::vector<Fd> sockets;
  for (std::size_t i = 0; i < plan.links; ++i) sockets.push_back(udp_socket(i, client));
  const char payload[1472] = {};
  if (plan.rate.count == 0 &&
      !client) {  // a flood goes one way; here it only has to find an open port
    while (!done) std::this_thread::sleep_for(10ms);
  }
  const double per_second = static_cast<double>(plan.rate.count) * 1.05 / 8 / 1514;
  double sent = 0;
  const Nanos started = now();
  while (!done) {
    const bool flood = plan.rate.count == 0;
    const double target = flood ? sent + 64 : seconds(now() - started) * per_second;
    for (; sent < target; ++sent) {
      for (const Fd& fd : sockets) ::send(fd.get(), payload, sizeof payload, MSG_DONTWAIT);
    }
    const timespec pause = to_timespec(1ms);
    if (!flood) nanosleep(&pause, nullptr);
  }
}

void print(const char* what, const Snapshot& a, const Snapshot& b) {
  double bits = 0;
  for (std::size_t i = 0; i < a.links.size(); ++i) {
    bits +=
        8.0 * static_cast<double>(b.links[i].up.delivered_bytes - a.links[i].up.delivered_bytes);
    bits += 8.0 *
            static_cast<double>(b.links[i].down.delivered_bytes - a.links[i].down.delivered_bytes);
  }
  const double elapsed = seconds(b.at - a.at);
  const double cpu = seconds(b.cpu - a.cpu);
  std::printf(
      "%s: %.4f Gbit/s, cpu %.1f %%, %.2f Gbit per cpu second, lateness us p50 %.1f p99 %.1f max "
      "%.1f, fifo %d\n",
      what, bits / elapsed / 1e9, cpu / elapsed * 100, bits / 1e9 / cpu,
      seconds(b.lateness.p50) * 1e6, seconds(b.lateness.p99) * 1e6, seconds(b.lateness.max) * 1e6,
      b.sched_fifo);
}

void run(const Plan& plan) {
  auto [server, server_plugs] = start_side(false, plan.links, [&plan] { offer_load(plan, false); });
  auto [client, client_plugs] = start_side(true, plan.links, [&plan] { offer_load(plan, true); });
  std::vector<LinkEnds> ends;
  for (std::size_t i = 0; i < plan.links; ++i) {
    const LinkModel model{.rate = plan.rate, .delay = 5ms, .queue = {.packets = 1000}};
    ends.push_back({{"link" + std::to_string(i), model, model},
                    std::move(client_plugs[i]),
                    std::move(server_plugs[i])});
  }
  Ferry ferry(std::move(ends), Seed{1}, plan.tuning);
  std::vector<std::thread> rivals;
  for (int i = 0; i < plan.busy; ++i)
    rivals.emplace_back([] {
      while (!done) continue;
    });

  int pipe_ends[2];
  check(pipe2(pipe_ends, O_CLOEXEC), "making a pipe");
  const Fd wakes{pipe_ends[0]};
  Fd waker{pipe_ends[1]};
  Snapshot before;
  int rings = 0;
  ferry.on_readable(wakes.get(), [&] {
    char bell;
    if (::read(wakes.get(), &bell, 1) != 1) return ferry.stop();
    if (rings++ == 0) {
      ferry.reset_lateness();
      before = ferry.snapshot();
    } else {
      print("both ways", before, ferry.snapshot());
    }
  });
  std::thread bell([&] {
    std::this_thread::sleep_for(1s);  // past the filling of the queues
    if (::write(waker.get(), "", 1) != 1) return;
    std::this_thread::sleep_for(plan.duration);
    if (::write(waker.get(), "", 1) == 1) waker.reset();
  });
  ferry.run();
  done = true;
  bell.join();
  for (std::thread& rival : rivals) rival.join();
  client.join();
  server.join();
}

}  // namespace
}  // namespace mpb

int main(int argc, char** argv) {
  using namespace mpb;
  const auto number = [&](int i, double otherwise) {
    return argc > i ? std::atof(argv[i]) : otherwise;
  };
  const Plan plan{.links = static_cast<std::size_t>(number(1, 2)),
                  .rate = {static_cast<std::int64_t>(number(2, 100) * 1e6)},
                  .tuning = {.most_spin = Nanos{static_cast<std::int64_t>(number(3, 0) * 1000)},
                             .realtime = number(4, 1) > 0},
                  .busy = static_cast<int>(number(5, 0)),
                  .duration = Nanos{static_cast<std::int64_t>(number(6, 5) * 1e9)}};
  try {
    run(plan);
  } catch (const CannotRun& error) {
    std::printf("SKIPPED: %s\n", error.what());
    return kCannotRun;
  } catch (const std::exception& error) {
    std::printf("%s\n", error.what());
    return kFailed;
  }
}
