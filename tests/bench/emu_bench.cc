// The hot path of the link model: the arithmetic of one packet. ferry_cost measures the ferry.
#include <benchmark/benchmark.h>

#include "emu/link.hh"

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

}  // namespace
}  // namespace mpb

BENCHMARK_MAIN();
