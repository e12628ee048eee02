// The hot paths of the emulator: the arithmetic of one packet, and one packet through the ferry
// with real TUNs (wants root).
#include <benchmark/benchmark.h>
#include <fcntl.h>

#include <atomic>

#include "emu/ferry.hh"
#include "tun_world.hh"

namespace mpb {
namespace {

void offer(benchmark::State& state, const LinkModel& model) {
  Link link(model, Seed{1});
  Nanos t{};
  for (auto _ : state) benchmark::DoNotOptimize(link.offer(t += 121us, kFullFrame));
  state.SetItemsProcessed(state.iterations());
}

BENCHMARK_CAPTURE(offer, wire, LinkModel{});
BENCHMARK_CAPTURE(offer, rate_and_queue,
                  LinkModel{.rate = 100_mbit, .delay = 5ms, .queue = {.packets = 1000}});
BENCHMARK_CAPTURE(
    offer, loss_and_jitter,
    LinkModel{
        .rate = 100_mbit, .delay = 5ms, .jitter = 1ms, .loss = {0.01}, .queue = {.packets = 1000}});
BENCHMARK_CAPTURE(
    offer, burst_loss,
    LinkModel{.rate = 100_mbit, .delay = 5ms, .loss = {0.01, 5}, .queue = {.packets = 1000}});

std::atomic<bool> done;

void flood(bool client) {
  const Fd fd = udp_socket(0, client);
  const char payload[1472] = {};
  while (!done) {
    if (client) {
      ::send(fd.get(), payload, sizeof payload, 0);
    } else {
      std::this_thread::sleep_for(10ms);  // the flood only has to find an open port
    }
  }
}

// One second of full-size packets from one namespace to another. gbit_per_s is the throughput of
// the machine, including the sender; gbit_per_cpu_s is the throughput of one core of the ferry
// alone.
void ferry_flood(benchmark::State& state) {
  for (auto _ : state) {
    try {
      done = false;
      auto [server, server_plugs] = start_side(false, 1, [] { flood(false); });
      auto [client, client_plugs] = start_side(true, 1, [] { flood(true); });
      std::vector<LinkEnds> ends;
      ends.push_back({{"link0", {}, {}}, std::move(client_plugs[0]), std::move(server_plugs[0])});
      Ferry ferry(std::move(ends), Seed{1});
      int pipe_ends[2];
      check(pipe2(pipe_ends, O_CLOEXEC), "making a pipe");
      const Fd reader{pipe_ends[0]};
      Fd writer{pipe_ends[1]};
      ferry.on_readable(reader.get(), [&] { ferry.stop(); });
      const Nanos started = now();
      Snapshot seen;
      std::thread carrier([&] {
        ferry.run();
        seen = ferry.snapshot();
      });
      std::this_thread::sleep_for(1s);
      writer.reset();
      carrier.join();
      done = true;
      client.join();
      server.join();
      state.SetIterationTime(seconds(seen.at - started));
      const double gbit = static_cast<double>(seen.links[0].up.delivered_bytes) * 8 / 1e9;
      state.counters["gbit_per_s"] = gbit / seconds(seen.at - started);
      state.counters["gbit_per_cpu_s"] = gbit / seconds(seen.cpu);
    } catch (const std::exception& error) {
      state.SkipWithError(error.what());
    }
  }
}
BENCHMARK(ferry_flood)
    ->Iterations(1)
    ->Repetitions(3)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace mpb

BENCHMARK_MAIN();
