// The load's hot paths: what a request pays in user space, beside its two system calls.
#include <benchmark/benchmark.h>

#include "load/pacer.hh"
#include "load/resp.hh"
#include "stats/histogram.hh"

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
  for (int i = 0; i < 100'000; ++i) histogram.record(Nanos{static_cast<std::int64_t>(random.below(50'000'000))});
  for (auto _ : state) benchmark::DoNotOptimize(histogram.quantile(0.99));
}
BENCHMARK(quantile)->Name("histogram/quantile");

void parse(benchmark::State& state) {
  const auto size = static_cast<std::size_t>(state.range(0));
  const std::string reply = "$" + std::to_string(size) + "\r\n" + std::string(size, 'x') + "\r\n";
  RespReader reader;
  Reply parsed;
  for (auto _ : state) {
    reader.feed(reply);
    if (reader.next(parsed) != RespReader::Next::kReply || parsed.length != size) state.SkipWithError("not a reply");
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

}  // namespace
}  // namespace mpb

BENCHMARK_MAIN();
