// The hot paths of the load: the cost of a request in user space, in addition to its two system
// calls.
#include <benchmark/benchmark.h>
#include <poll.h>

#include "load/pacer.hh"
#include "load/resp.hh"
#include "load/subflow_log.hh"
#include "stats/histogram.hh"
#include "stats/timeline.hh"

namespace mpb {
namespace {

void record(benchmark::State& state) {
  Histogram histogram;
  Random random(1);
  for (auto _ : state) histogram.record(Nanos{static_cast<std::int64_t>(random.below(50'000'000))});
  benchmark::DoNotOptimize(histogram.count());
}
BENCHMARK(record)->Name("histogram/record");

void quantile(benchmark::State& state) {
  Histogram histogram;
  Random random(1);
  for (int i = 0; i < 100'000; ++i)
    histogram.record(Nanos{static_cast<std::int64_t>(random.below(50'000'000))});
  for (auto _ : state) benchmark::DoNotOptimize(histogram.quantile(0.99));
}
BENCHMARK(quantile)->Name("histogram/quantile");

void parse(benchmark::State& state) {
  const auto size = static_cast<std::size_t>(state.range(0));
  const std::string reply = "$" + std::to_string(size) + "\r\n" + std::string(size, 'x') + "\r\n";
  ReplyReader reader(largest_reply(size));
  PartialReply partial;
  Reply parsed;
  for (auto _ : state) {
    std::string_view bytes = reply;
    if (reader.next(partial, bytes, parsed) != ReplyReader::Next::kReply || parsed.length != size)
      state.SkipWithError("not a reply");
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * reply.size()));
}
BENCHMARK(parse)->Name("resp/parse")->Arg(1024)->Arg(4096)->Arg(16384);

void write(benchmark::State& state) {
  const ValueBlock block;
  RequestWriter writer("mpb:", block);
  Request request;
  request.verb = state.range(0) == 0 ? Verb::kGet : Verb::kSet;
  request.size = static_cast<std::uint32_t>(state.range(0));
  for (auto _ : state) {
    request.key = (request.key + 1) % 1000;
    writer.clear();
    writer.add(request, 0);
    benchmark::DoNotOptimize(writer.pieces());
  }
}
BENCHMARK(write)->Name("resp/write")->Arg(0)->Arg(1024)->Arg(4096)->Arg(16384);

void pick(benchmark::State& state, KeyOrder order) {
  KeyPicker picker({order}, 1'000'000);
  Random random(1);
  for (auto _ : state) benchmark::DoNotOptimize(picker.next(random));
}
BENCHMARK_CAPTURE(pick, uniform, KeyOrder::kUniform)->Name("keys/uniform");
BENCHMARK_CAPTURE(pick, zipf, KeyOrder::kZipf)->Name("keys/zipf");
BENCHMARK_CAPTURE(pick, sequential, KeyOrder::kSequential)->Name("keys/sequential");

void pace(benchmark::State& state, Arrivals arrivals) {
  Pacer pacer(arrivals, 10'000, 0s, 1);
  for (auto _ : state) {
    benchmark::DoNotOptimize(pacer.next());
    pacer.advance();
  }
}
BENCHMARK_CAPTURE(pace, constant, Arrivals::kConstant)->Name("pacer/constant");
BENCHMARK_CAPTURE(pace, poisson, Arrivals::kPoisson)->Name("pacer/poisson");

// The cost of the timeline: of every request, and every 100 ms of the thread that owns a
// connection.
void bin(benchmark::State& state) {
  RequestBins bins(1h, 1h);
  Random random(1);
  for (auto _ : state) bins.completed(Nanos{static_cast<std::int64_t>(random.below(50'000'000))});
}
BENCHMARK(bin)->Name("timeline/request");

void row(benchmark::State& state) {
  const Transport transport = state.range(0) == 0 ? Transport::kTcp : Transport::kMptcp;
  Address address = Address::resolve("127.0.0.1", 0);
  Fd listener, client;
  try {
    listener = listen_on(address, transport);
    client = open_stream(AF_INET, transport);
  } catch (const std::exception& error) {
    return state.SkipWithError(error.what());
  }
  connect_start(client.get(), address);
  pollfd ready{listener.get(), POLLIN, 0};
  poll(&ready, 1, 1000);
  const Fd server{accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC)};
  if (!server) return state.SkipWithError("no connection over loopback");
  SubflowLog log(0, transport);
  log.open(client.get());
  // The last row again and again: a column that grew for millions of iterations would measure the
  // memory.
  for (auto _ : state) log.sample(client.get(), 0);
}
BENCHMARK(row)->Name("timeline/row of a connection, mptcp:")->Arg(0)->Arg(1);

}  // namespace
}  // namespace mpb

BENCHMARK_MAIN();
