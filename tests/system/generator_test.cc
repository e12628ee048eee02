// The load generator against a store that misbehaves to order. Times are asserted as bounds that
// physics gives, never as this machine's speed.
#include "load/generator.hh"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <mutex>
#include <numeric>
#include <optional>
#include <set>

#include "fake_store.hh"
#include "sys/error.hh"

namespace mpb {
namespace {

const std::atomic<bool> never = false;

LoadSpec spec_for(const FakeStore& store, int connections = 1) {
  LoadSpec spec;
  spec.address = store.address;
  spec.size = parse_value_size("1k");
  spec.keyspace = 100;
  spec.arrivals = Arrivals::kConstant;  // a schedule to count by
  spec.connections = connections;
  spec.warmup = 0s;
  spec.duration = 300ms;
  return spec;
}

Outcome run(const LoadSpec& spec) {
  return run_load(
             spec, [](const LoadEvent&) {}, never)
      .outcome;
}

std::uint64_t errors(const Outcome& outcome) {
  std::uint64_t sum = 0;
  for (const std::uint64_t n : outcome.errors) sum += n;
  return sum;
}

std::string failure(const LoadSpec& spec) {
  try {
    run(spec);
  } catch (const RunFailed& error) {
    return error.what();
  }
  return "ran";
}

// Answers every GET and SET as a good store does.
FakeStore::Handler good(const FakeStore*& store) {
  return [&store](Peer& peer, const Words& words) {
    peer.send(words[0] == "SET" ? "+OK\r\n" : store->value_reply(FakeStore::key_of(words), 1024));
  };
}

bool has_mptcp() {
  try {
    open_stream(AF_INET, Transport::kMptcp);
    return true;
  } catch (const CannotRun&) {
    return false;
  }
}

struct Generator : testing::Test {
  const FakeStore* self = nullptr;
};

TEST_F(Generator, CountsEveryRequestOnceOverThreadsAndPipelines) {
  FakeStore store(good(self));
  self = &store;
  for (const char* op : {"get", "set", "get50set50"}) {
    LoadSpec spec = spec_for(store, 5);
    spec.threads = 2;  // 3 and 2 connections
    spec.pipeline = 3;
    spec.duration = 600ms;
    spec.op = parse_op(op);
    store.requests = 0;
    const Outcome outcome = run(spec);
    EXPECT_GT(outcome.requests, 10u);
    EXPECT_EQ(outcome.requests + outcome.censored, static_cast<std::uint64_t>(store.requests));
    EXPECT_LE(outcome.censored, 15u);  // a closed loop never has more in flight
    EXPECT_EQ(errors(outcome) + outcome.misses + outcome.reconnects, 0u);
    EXPECT_EQ(outcome.payload_bytes, outcome.requests * 1024);
    EXPECT_EQ(outcome.last_byte.count(), outcome.requests);
    EXPECT_EQ(outcome.response.count(), 0u);
    EXPECT_EQ(outcome.duration, 600ms);
    ASSERT_EQ(outcome.slices.size(), kSlices);
    // Not each slice: on a busy host a thread may wait for longer than one slice.
    const auto middle = outcome.slices.begin() + kSlices / 2;
    const auto early = std::accumulate(outcome.slices.begin(), middle, std::uint64_t{0});
    const auto late = std::accumulate(middle, outcome.slices.end(), std::uint64_t{0});
    EXPECT_EQ(early + late, outcome.requests);
    EXPECT_GT(early, 0u);
    EXPECT_GT(late, 0u);
    EXPECT_EQ(outcome.cpu_pct.size(), 2u);
    EXPECT_EQ(outcome.congestion_control.size(), 1u);
    EXPECT_EQ(outcome.verified > 0, std::string(op) != "set");
  }
}

TEST_F(Generator, ReplacesAConnectionAfterItsRequests) {
  std::atomic<int> most = 0;
  FakeStore store([&](Peer& peer, const Words& words) {
    most = std::max<int>(most, peer.requests);
    std::this_thread::sleep_for(1ms);  // the store has a thread for each connection
    good(self)(peer, words);
  });
  self = &store;
  for (const int pipeline : {1, 2, 5}) {
    for (const std::optional<double> rate : {std::optional<double>{}, std::optional(500.0)}) {
      LoadSpec spec = spec_for(store, 3);
      spec.pipeline = pipeline;
      spec.rate = rate;
      spec.requests_per_connection = 3;
      store.accepted = 0;
      most = 0;
      const Outcome outcome = run(spec);
      EXPECT_EQ(errors(outcome) + outcome.reconnects, 0u);
      EXPECT_EQ(most, 3);
      ASSERT_TRUE(outcome.ended_connections);
      const std::uint64_t ended = outcome.ended_connections->connections;
      EXPECT_GT(ended, 3u);
      // The store may notice the last connections a little later.
      EXPECT_NEAR(store.accepted, static_cast<double>(ended + 3), 3);
      EXPECT_GE(outcome.requests, 3 * ended);
      EXPECT_LE(outcome.requests, 3 * ended + 9);
      EXPECT_EQ(outcome.ended_connections->complete, 0u);
      EXPECT_TRUE(outcome.subflows.empty());
    }
  }
  EXPECT_FALSE(run(spec_for(store)).ended_connections);
}

TEST_F(Generator, WritesTheBytesThatItExpectsToRead) {
  std::atomic<int> wrong = 0, keys = 0;
  std::map<std::string, std::string> held;
  std::mutex mutex;
  FakeStore store([&](Peer& peer, const Words& words) {
    const std::lock_guard lock(mutex);
    if (words[0] == "DEL") {
      peer.send(":" + std::to_string(held.erase(words[1])) + "\r\n");
    } else if (words[0] == "SET") {
      keys += held.emplace(words[1], words[2]).second;
      wrong += !self->block.matches(FakeStore::key_of(words), words[2]);
      peer.send("+OK\r\n");
    } else {
      const std::string& value = held[words[1]];
      peer.send("$" + std::to_string(value.size()) + "\r\n" + value + "\r\n");
    }
  });
  self = &store;
  LoadSpec spec = spec_for(store, 4);
  spec.prefix = "mine:";
  spec.size = parse_value_size("1b-200b:50+20k:50");
  fill(spec, never);
  EXPECT_EQ(keys, 100);
  EXPECT_EQ(held.begin()->first, "mine:000000000000");
  spec.op = parse_op("get50set50");
  const Outcome outcome = run(spec);
  EXPECT_EQ(errors(outcome) + outcome.misses + static_cast<std::uint64_t>(wrong), 0u);
  EXPECT_GT(outcome.verified, 0u);
  held["theirs"] = "x";
  EXPECT_EQ(cleanup(spec, never), 100u);
  EXPECT_EQ(held.size(), 1u);
}

TEST_F(Generator, CountsMissesErrorsAndWrongValuesByKind) {
  FakeStore store([&](Peer& peer, const Words& words) {
    switch (peer.requests % 5) {
      case 0:
        return peer.send("$-1\r\n");
      case 1:
        return peer.send("-OOM command not allowed\r\n");
      case 2:
        return peer.send(self->value_reply(FakeStore::key_of(words), 1023));  // too short
      case 3:
        return peer.send("+OK\r\n");  // no answer to a GET
      default:
        return peer.send(self->value_reply(FakeStore::key_of(words), 1024));
    }
  });
  self = &store;
  const Outcome outcome = run(spec_for(store));
  const auto total = static_cast<double>(outcome.requests + errors(outcome));
  EXPECT_NEAR(static_cast<double>(outcome.misses), total / 5, 1);
  EXPECT_NEAR(static_cast<double>(outcome.error(Loss::kErrorReply)), total / 5, 1);
  EXPECT_NEAR(static_cast<double>(outcome.error(Loss::kCorrupt)), total / 5, 1);
  EXPECT_NEAR(static_cast<double>(outcome.error(Loss::kProtocol)), total / 5, 1);
  EXPECT_EQ(outcome.reconnects, 0u);
}

TEST_F(Generator, VerifiesASampleByteByByte) {
  FakeStore store([&](Peer& peer, const Words& words) {
    std::string reply = self->value_reply(FakeStore::key_of(words), 1024);
    reply[500] = static_cast<char>(reply[500] ^ 1);
    peer.send(reply);
  });
  self = &store;
  const Outcome outcome = run(spec_for(store));
  EXPECT_GE(outcome.error(Loss::kCorrupt), 1u);
  EXPECT_NEAR(static_cast<double>(outcome.error(Loss::kCorrupt)),
              static_cast<double>(outcome.requests) / 63, 1);
}

// Each connection breaks at its 20th request, in the given way; the run goes on over new ones.
Outcome run_breaking(const FakeStore*& self, const std::function<void(Peer&)>& how,
                     int pipeline = 2, Nanos timeout = 10s) {
  FakeStore store([&](Peer& peer, const Words& words) {
    if (peer.requests < 20) return peer.send(self->value_reply(FakeStore::key_of(words), 1024));
    if (peer.requests == 20) how(peer);
  });
  self = &store;
  LoadSpec spec = spec_for(store, 2);
  spec.pipeline = pipeline;
  spec.timeout = timeout;
  spec.duration = 500ms;
  return run(spec);
}

TEST_F(Generator, SurvivesAResetAndCountsWhatWasInFlight) {
  const Outcome outcome = run_breaking(self, [](Peer& peer) { peer.reset(); });
  EXPECT_GE(outcome.reconnects, 2u);
  EXPECT_GE(outcome.error(Loss::kReset), 4u);
  EXPECT_EQ(outcome.error(Loss::kReset) % 2, 0u);  // both requests of the pipeline, each time
  EXPECT_EQ(errors(outcome), outcome.error(Loss::kReset));
  EXPECT_GT(outcome.requests, 40u);
}

TEST_F(Generator, SurvivesAnOrderlyClose) {
  const Outcome outcome = run_breaking(
      self, [](Peer& peer) { peer.close(); }, 1);
  EXPECT_GE(outcome.reconnects, 2u);
  EXPECT_GE(outcome.error(Loss::kClosed), 2u);
  EXPECT_EQ(errors(outcome), outcome.error(Loss::kClosed));
}

TEST_F(Generator, TellsATruncatedReplyFromAClose) {
  const Outcome outcome = run_breaking(
      self,
      [](Peer& peer) {
        peer.send("$1024\r\nonly so much");
        peer.close();
      },
      1);
  EXPECT_GE(outcome.reconnects, 2u);
  EXPECT_GE(outcome.error(Loss::kShortReply), 2u);
  EXPECT_EQ(errors(outcome), outcome.error(Loss::kShortReply));
}

TEST_F(Generator, GivesUpOnARequestAfterTheTimeout) {
  const Outcome outcome = run_breaking(
      self, [](Peer&) {}, 2, 50ms);
  EXPECT_GE(outcome.reconnects, 2u);
  EXPECT_GE(outcome.error(Loss::kTimeout), 4u);
  EXPECT_EQ(errors(outcome), outcome.error(Loss::kTimeout));
}

TEST_F(Generator, BreaksOffWhatIsNotTheProtocol) {
  const Outcome garbage = run_breaking(self, [](Peer& peer) { peer.send("HTTP/1.1 400\r\n\r\n"); });
  EXPECT_GE(garbage.error(Loss::kProtocol), 4u);
  EXPECT_GE(garbage.reconnects, 2u);
  // A value, a line or an array that no request asks for, and a value without its line end.
  for (const std::string& begin :
       std::vector<std::string>{"$536870912\r\n", "-" + std::string(20'000, 'a'),
                                "*1000000000\r\n:1\r\n", "$4\r\nxxxxXX"}) {
    const Outcome endless = run_breaking(self, [&](Peer& peer) { peer.send(begin); });
    EXPECT_GE(endless.error(Loss::kProtocol), 4u) << begin.substr(0, 20);
    EXPECT_EQ(errors(endless), endless.error(Loss::kProtocol)) << begin.substr(0, 20);
  }
  const Outcome unasked = run_breaking(
      self, [](Peer& peer) { peer.send("$-1\r\n$-1\r\n$-1\r\n$-1\r\n$-1\r\n"); }, 1);
  EXPECT_GE(unasked.reconnects, 2u);
}

TEST_F(Generator, SeesTheFirstAndTheLastByteOfASlowReply) {
  FakeStore store([&](Peer& peer, const Words& words) {
    const std::string reply = self->value_reply(FakeStore::key_of(words), 16384);
    peer.send(std::string_view(reply).substr(0, 8000));
    std::this_thread::sleep_for(50ms);
    peer.send(std::string_view(reply).substr(8000));
  });
  self = &store;
  LoadSpec spec = spec_for(store);
  spec.size = parse_value_size("16k");
  spec.duration = 500ms;
  const Outcome outcome = run(spec);
  ASSERT_GT(outcome.requests, 0u);
  EXPECT_GE(outcome.last_byte.min(), 50ms);
  // The time that redis-benchmark reports as the latency of such a reply.
  EXPECT_LT(outcome.first_byte.quantile(0.5), 25ms);
}

// Each event is reported once, so it must be taken up completely.
TEST_F(Generator, MovesValuesLargerThanItsBufferAndTheKernels) {
  for (const Transport transport : {Transport::kTcp, Transport::kMptcp}) {
    if (transport == Transport::kMptcp && !has_mptcp()) GTEST_SKIP() << "no MPTCP here";
    FakeStore store(
        [&](Peer& peer, const Words& words) {
          peer.send(words[0] == "SET" ? "+OK\r\n"
                                      : self->value_reply(FakeStore::key_of(words), 900 * 1024));
        },
        transport);
    self = &store;
    LoadSpec spec = spec_for(store, 2);
    spec.transport = transport;
    spec.size = parse_value_size("900k");
    spec.op = parse_op("get50set50");
    spec.duration = 1s;
    const Outcome outcome = run(spec);
    EXPECT_EQ(errors(outcome), 0u);
    EXPECT_GT(outcome.requests, 4u);
    EXPECT_LT(outcome.longest_stall, 900ms);
  }
}

TEST_F(Generator, CensorsWhatIsUnfinishedWhenTheWindowCloses) {
  FakeStore store([](Peer&, const Words&) {});  // never answers
  LoadSpec spec = spec_for(store, 3);
  spec.pipeline = 2;
  const Outcome outcome = run(spec);
  EXPECT_EQ(outcome.requests, 0u);
  EXPECT_EQ(outcome.censored, 6u);
  EXPECT_EQ(errors(outcome), 0u);
}

TEST_F(Generator, AnOpenLoopOffersWhatItWasToldTo) {
  FakeStore store(good(self));
  self = &store;
  LoadSpec spec = spec_for(store, 8);
  spec.threads = 2;
  spec.rate = 1000;
  spec.duration = 500ms;
  const Outcome outcome = run(spec);
  EXPECT_EQ(outcome.requests + outcome.censored, 500u);
  EXPECT_EQ(outcome.response.count(), outcome.requests);
  EXPECT_EQ(outcome.send_delay.count(), outcome.requests);
  EXPECT_GE(outcome.response.quantile(0.5), outcome.last_byte.quantile(0.01));
}

// Three requests a second over one connection: every one but the first comes after more than the
// shortest RTO. At fifty a second none does.
TEST_F(Generator, CountsTheRequestsOnConnectionsThatHadBeenIdle) {
  FakeStore store(good(self));
  self = &store;
  LoadSpec spec = spec_for(store);
  spec.rate = 3;
  spec.duration = 1s;
  const Outcome slow = run(spec);
  ASSERT_TRUE(slow.after_idle);
  EXPECT_GE(*slow.after_idle, 2u);
  spec.rate = 50;
  const Outcome fast = run(spec);
  EXPECT_LT(*fast.after_idle, 5u);
  spec.rate.reset();
  EXPECT_FALSE(run(spec).after_idle);
}

// As a client's pool does: of fifty connections, which by turns would each rest for half a second,
// few are ever used.
TEST_F(Generator, AnOpenLoopUsesTheConnectionThatWasUsedLast) {
  FakeStore store(good(self));
  self = &store;
  LoadSpec spec = spec_for(store, 50);
  spec.rate = 100;
  spec.duration = 1s;
  const Outcome outcome = run(spec);
  EXPECT_LT(*outcome.after_idle, outcome.requests / 2);
}

// Else the timeline of subflows would show none of them.
TEST_F(Generator, AnOpenLoopUsesTheConnectionsThatAreFollowed) {
  FakeStore store(good(self));
  self = &store;
  LoadSpec spec = spec_for(store, 50);
  spec.rate = 100;
  spec.sample_every = 100ms;
  const Outcome outcome = run(spec);
  std::int64_t followed = 0;
  for (const SubflowTrace& trace : outcome.subflows)
    followed += trace.series.at("bytes_received").back().value_or(0);
  EXPECT_GT(followed, static_cast<std::int64_t>(outcome.payload_bytes) / 2);
}

// Three requests in 300 ms over three connections with a pipeline: none waits behind another.
TEST_F(Generator, AnOpenLoopPrefersAnIdleConnectionToAPipeline) {
  std::atomic<int> most = 0;
  FakeStore store([&](Peer& peer, const Words&) {  // never answers
    most = std::max(most.load(), peer.requests);
  });
  LoadSpec spec = spec_for(store, 3);
  spec.pipeline = 2;
  spec.rate = 10;
  EXPECT_EQ(run(spec).censored, 3u);
  EXPECT_EQ(most, 1);
}

TEST_F(Generator, AnOpenLoopAtALowRateUsesEveryWay) {
  FakeStore first(good(self)), second(good(self));
  self = &first;
  LoadSpec spec = spec_for(first, 6);
  spec.further = {second.address};
  spec.rate = 200;
  spec.duration = 500ms;
  run(spec);
  EXPECT_GT(first.requests, 20);
  EXPECT_GT(second.requests, 20);
}

// A store that falls behind: more and more of the requests that are due wait.
TEST_F(Generator, TellsTheMedianResponseOfEachTenthOfAnOpenLoop) {
  FakeStore store([&](Peer& peer, const Words& words) {
    if (peer.requests > 100) std::this_thread::sleep_for(4ms);
    peer.send(self->value_reply(FakeStore::key_of(words), 1024));
  });
  self = &store;
  LoadSpec spec = spec_for(store);  // one connection, so 250 requests a second get through
  spec.rate = 500;
  spec.duration = 1s;
  const Outcome outcome = run(spec);
  ASSERT_EQ(outcome.slice_p50.size(), kSlices);
  EXPECT_GT(2 * outcome.slice_p50.back(), 3 * outcome.slice_p50[kSlices / 2]);
  EXPECT_GT(outcome.slice_p50[kSlices / 2], outcome.slice_p50.front());
  spec.rate.reset();
  EXPECT_TRUE(run(spec).slice_p50.empty()) << "a closed loop has no requests that are due";
}

// The proof that omission is not coordinated: one stall of 200 ms delays every request that was due
// meanwhile, and response shows each of them, while the time from the actual send shows one.
TEST_F(Generator, AStallShowsInTheResponseOfEveryRequestThatWasDue) {
  FakeStore store([&](Peer& peer, const Words& words) {
    if (peer.requests == 50) std::this_thread::sleep_for(200ms);
    peer.send(self->value_reply(FakeStore::key_of(words), 1024));
  });
  self = &store;
  LoadSpec spec = spec_for(store);  // one connection: all wait behind the stalled one
  spec.rate = 500;
  spec.duration = 1s;
  spec.sample_every = 100ms;
  const Outcome outcome = run(spec);
  EXPECT_GE(outcome.response.max(), 200ms);
  // 100 requests fall due in those 200 ms, evenly: half of them wait 100 ms or more.
  const auto slower = [](const Histogram& h, Nanos bound) {
    std::uint64_t n = 0;
    for (const Histogram::Bucket& bucket : h.buckets())
      n += Histogram::lower_bound(bucket.index) >= bound ? bucket.count : 0;
    return n;
  };
  EXPECT_GE(slower(outcome.response, 100ms), 50u);
  EXPECT_GE(slower(outcome.send_delay, 100ms), 49u);
  EXPECT_LT(slower(outcome.last_byte, 100ms), 10u);
  // And so it does over time: in some row at least half of the requests waited.
  std::int64_t worst = 0;
  for (const auto& p50 : outcome.timeline.series.at("latency_p50_ns"))
    worst = std::max(worst, p50.value_or(0));
  EXPECT_GE(Nanos{worst}, 50ms);
}

// A stall that begins in one segment and outlasts the beginning of the next belongs to the next,
// whose event caused it.
TEST_F(Generator, TellsTheLongestStallAndTheFirstSuccessOfEverySegment) {
  // From about 100 ms until about 400 ms. By the clock, for 10 ms may be many more where others
  // want the processor.
  std::optional<Nanos> first;
  bool stalled = false;
  FakeStore store([&](Peer& peer, const Words& words) {
    if (!first) first = now();
    std::this_thread::sleep_for(10ms);
    if (!stalled && now() - *first >= 110ms) {
      stalled = true;
      std::this_thread::sleep_for(300ms);
    }
    peer.send(self->value_reply(FakeStore::key_of(words), 1024));
  });
  self = &store;
  LoadSpec spec = spec_for(store, 1);
  spec.duration = 800ms;
  spec.marks = {200ms, 300ms, 600ms};
  const Outcome outcome = run(spec);
  ASSERT_EQ(outcome.segments.size(), 4u);
  EXPECT_EQ(outcome.segments[1].from, 200ms);
  EXPECT_EQ(outcome.segments[1].to, 300ms);
  EXPECT_LT(outcome.segments[0].longest_stall, 300ms);
  EXPECT_GE(outcome.segments[1].longest_stall, 300ms);
  EXPECT_LT(outcome.segments[2].longest_stall, 300ms);
  EXPECT_LT(outcome.segments[3].longest_stall, 300ms);
  EXPECT_EQ(outcome.segments[1].requests, 0u);
  EXPECT_LT(outcome.unfinished_stall, outcome.longest_stall);
  // A request that was sent before the stall does not count as a success after it; the next one
  // does.
  const Nanos stall_ended = 200ms + *outcome.segments[1].first_success;
  EXPECT_GE(stall_ended, 400ms);
  EXPECT_EQ(stall_ended, 300ms + *outcome.segments[2].first_success);
  std::uint64_t requests = 0;
  for (const Segment& segment : outcome.segments) requests += segment.requests;
  EXPECT_EQ(requests, outcome.requests);
}

TEST_F(Generator, AStallThatTheWindowCutsOffCounts) {
  FakeStore store([&](Peer& peer, const Words& words) {
    if (peer.requests < 5) peer.send(self->value_reply(FakeStore::key_of(words), 1024));
  });
  self = &store;
  LoadSpec spec = spec_for(store, 1);
  spec.marks = {150ms};
  const Outcome outcome = run(spec);
  EXPECT_GE(outcome.segments[1].longest_stall, 150ms);
  EXPECT_EQ(outcome.unfinished_stall, outcome.longest_stall);
  EXPECT_FALSE(outcome.segments[1].first_success);
}

// Losing a connection does not end the wait for it.
TEST_F(Generator, AStallGoesOnWhileItsConnectionIsMadeAnew) {
  FakeStore store([&](Peer& peer, const Words& words) {
    if (peer.number < 4 && peer.requests >= 3)
      return peer.reset();  // each reset costs a longer pause
    if (peer.number > 0 && peer.number < 4) return peer.reset();
    peer.send(self->value_reply(FakeStore::key_of(words), 1024));
  });
  self = &store;
  const Outcome outcome = run(spec_for(store, 1));
  EXPECT_GE(outcome.reconnects, 4u);
  EXPECT_GE(outcome.segments[0].lost, 4u);
  EXPECT_GE(outcome.segments[0].longest_stall,
            10ms + 10ms + 10ms + 10ms);  // the pauses are at least the first one's
  EXPECT_GT(outcome.requests, 3u);
}

// No request is in flight when the only connection goes, so none is lost: those that fall due until
// it is back have waited all the same.
TEST_F(Generator, AnOpenLoopWithoutAConnectionStalls) {
  FakeStore store([&](Peer& peer, const Words& words) {
    peer.send(self->value_reply(FakeStore::key_of(words), 1024));
    if (peer.number == 0 && peer.requests == 20) peer.close();
  });
  self = &store;
  LoadSpec spec = spec_for(store, 1);
  spec.rate = 200;
  spec.duration = 500ms;
  const Outcome outcome = run(spec);
  EXPECT_EQ(outcome.reconnects, 1u);
  EXPECT_EQ(errors(outcome), 0u);
  // Away for the 10 ms of the first pause at least, in which two requests fall due: the earlier one
  // at most 5 ms into it.
  EXPECT_GE(outcome.segments[0].longest_stall, 5ms);
}

// Others take the requests of a connection that broke. The requests that it lost have waited until
// then, and no request waits while the connection is made again.
TEST_F(Generator, ABrokenConnectionOfAnOpenLoopDoesNotStallWhileOthersServe) {
  std::atomic<bool> broken = false;
  FakeStore store([&](Peer& peer, const Words& words) {
    if (peer.requests == 2 && !broken.exchange(true)) return peer.reset();
    peer.send(self->value_reply(FakeStore::key_of(words), 1024));
  });
  self = &store;
  LoadSpec spec = spec_for(store, 20);
  spec.rate = 50;
  spec.duration = 1s;
  const Outcome outcome = run(spec);
  EXPECT_GE(errors(outcome), 1u);
  EXPECT_EQ(outcome.reconnects, 1u);
  EXPECT_LT(outcome.segments[0].longest_stall, 300ms);
}

TEST_F(Generator, KeepsATimelineOfRequestsAndSubflows) {
  FakeStore store(good(self));
  self = &store;
  LoadSpec spec = spec_for(store, 20);
  spec.threads = 2;
  spec.sample_every = 100ms;
  const Outcome outcome = run(spec);
  EXPECT_EQ(outcome.timeline.t, (std::vector<Nanos>{100ms, 200ms, 300ms}));
  std::int64_t requests = 0;
  for (const auto& n : outcome.timeline.series.at("requests")) requests += *n;
  EXPECT_EQ(static_cast<std::uint64_t>(requests), outcome.requests);
  ASSERT_EQ(outcome.subflows.size(), 8u);  // of 20 connections
  for (const SubflowTrace& trace : outcome.subflows) {
    for (const auto& [name, column] : trace.series) EXPECT_EQ(column.size(), 3u) << name;
    EXPECT_GT(trace.series.at("bytes_received")[2], trace.series.at("bytes_received")[0]);
    EXPECT_GT(*trace.series.at("cwnd")[0], 0);
  }
}

// The kernel forgets the counters of a subflow that closes. The timeline does not.
TEST_F(Generator, KeepsTheLastCountersOfAConnectionThatBroke) {
  FakeStore store([&](Peer& peer, const Words& words) {
    if (peer.number == 0 && peer.requests == 20) return peer.reset();
    std::this_thread::sleep_for(5ms);
    peer.send(self->value_reply(FakeStore::key_of(words), 1024));
  });
  self = &store;
  LoadSpec spec = spec_for(store, 1);
  spec.duration = 600ms;
  spec.sample_every = 50ms;
  const Outcome outcome = run(spec);
  ASSERT_EQ(outcome.subflows.size(), 2u);
  const auto& before = outcome.subflows[0].series;
  EXPECT_EQ(before.at("established").back(), 0);
  EXPECT_GT(before.at("bytes_received").back(), 1024);
  EXPECT_EQ(before.at("cwnd").back(), std::nullopt);
  const auto& after = outcome.subflows[1].series;
  EXPECT_EQ(after.at("bytes_received").front(), std::nullopt);
  EXPECT_GT(after.at("bytes_received").back(), 1024);
}

TEST_F(Generator, TakesTurnsOverSeveralAddresses) {
  FakeStore first(good(self)), second(good(self));
  self = &first;
  LoadSpec spec = spec_for(first, 6);
  spec.further = {second.address};
  spec.sample_every = 100ms;
  const Outcome outcome = run(spec);
  EXPECT_EQ(first.accepted, 3);
  EXPECT_EQ(second.accepted, 3);
  EXPECT_GT(outcome.requests, 0u);
}

TEST_F(Generator, CountsWhatAnOpenLoopNeverGotToSend) {
  FakeStore store([](Peer&, const Words&) {});
  LoadSpec spec = spec_for(store, 2);
  spec.rate = 1000;
  const Outcome outcome = run(spec);
  EXPECT_EQ(outcome.censored, 300u);
  EXPECT_EQ(outcome.unsent, 298u);
  // One more a millisecond: it is least where a quarter of the 300 ms begins.
  ASSERT_EQ(outcome.backlog.size(), 4u);
  for (std::size_t quarter = 0; quarter < 4; ++quarter)
    EXPECT_GE(outcome.backlog[quarter], 75 * quarter);
  EXPECT_LE(outcome.backlog[3], 400u);  // those of the warm-up too
}

TEST_F(Generator, DividesConnectionsAmongSeveralAddresses) {
  FakeStore first(good(self)), second(good(self));
  self = &first;
  LoadSpec spec = spec_for(first, 6);
  spec.further = {second.address};
  spec.ways = {0, 0, 1, 0, 0, 1};
  run(spec);
  EXPECT_EQ(first.accepted, 4);
  EXPECT_EQ(second.accepted, 2);
}

// Before the run, of every connection, and kept when the window opens.
TEST_F(Generator, TellsWhenEachConnectionWasReady) {
  FakeStore store(good(self));
  self = &store;
  LoadSpec spec = spec_for(store, 7);
  spec.threads = 2;
  const Outcome outcome = run(spec);
  EXPECT_EQ(outcome.ready_after.count(), 7u);
  EXPECT_GT(outcome.ready_after.min(), 0ns);
  EXPECT_LE(outcome.ready_after.max(), outcome.time_to_ready);
  EXPECT_EQ(outcome.complete_after.count(), 0u);  // TCP has no subflows
}

TEST_F(Generator, GreetsWithPasswordAndDatabase) {
  std::mutex mutex;
  std::vector<Words> seen;
  FakeStore store([&](Peer& peer, const Words& words) {
    if (words[0] == "GET") return peer.send("$-1\r\n");
    const std::lock_guard lock(mutex);
    seen.push_back(words);
    peer.send(words[0] == "AUTH" && words[1] != "hunter2"
                  ? "-WRONGPASS invalid username-password pair\r\n"
                  : "+OK\r\n");
  });
  LoadSpec spec = spec_for(store);
  spec.password = "hunter2";
  spec.db = 3;
  EXPECT_EQ(errors(run(spec)), 0u);
  EXPECT_EQ(seen, (std::vector<Words>{{"AUTH", "hunter2"}, {"SELECT", "3"}}));
  spec.password = "secret";
  EXPECT_EQ(failure(spec), store.address.text() +
                               " refused our connection: WRONGPASS invalid username-password pair");
}

TEST_F(Generator, PassesOnARefusalThatComesWithTheConnection) {
  Address address = Address::resolve("127.0.0.1", 0);
  const Fd listener = listen_on(address, Transport::kTcp);
  std::atomic<bool> stop = false;
  std::thread store([&] {
    while (!stop) {
      pollfd waiting{listener.get(), POLLIN, 0};
      poll(&waiting, 1, 10);
      if (const Fd fd{accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC)})
        send(fd.get(), "-ERR max number of clients reached\r\n", 36, MSG_NOSIGNAL);
    }
  });
  LoadSpec spec;
  spec.address = address;
  EXPECT_EQ(failure(spec), address.text() +
                               " refused our connection: ERR max number of clients reached; raise "
                               "its maxclients, or use fewer connections (-c)");
  stop = true;
  store.join();
}

TEST_F(Generator, SaysAtOnceThatNobodyIsThere) {
  Address address = Address::resolve("127.0.0.1", 0);
  { const Fd gone = listen_on(address, Transport::kTcp); }
  LoadSpec spec;
  spec.address = address;
  const Nanos before = now();
  EXPECT_EQ(failure(spec), "connecting to " + address.text() + ": Connection refused");
  EXPECT_LT(now() - before, 5s);
  EXPECT_THROW(fill(spec, never), RunFailed);
}

TEST_F(Generator, FillPassesOnTheStoresWords) {
  FakeStore store([](Peer& peer, const Words&) {
    peer.send("-OOM command not allowed when used memory > 'maxmemory'.\r\n");
  });
  try {
    fill(spec_for(store), never);
    FAIL();
  } catch (const RunFailed& error) {
    EXPECT_EQ(std::string(error.what()),
              "filling the keyspace of " + store.address.text() +
                  ": OOM command not allowed when used memory > 'maxmemory'.");
  }
}

TEST_F(Generator, TellsTheStagesInOrder) {
  FakeStore store(good(self));
  self = &store;
  LoadSpec spec = spec_for(store);
  spec.warmup = 50ms;
  spec.duration = 600ms;
  std::vector<LoadEvent> events;
  Nanos opened{0}, closed{0};
  Outcome outcome;
  // Told when they happen: on a busy machine not every time, but once in some.
  for (int attempt = 0; attempt < 10 && std::abs(seconds(closed - opened) - 0.6) > 0.1; ++attempt) {
    events.clear();
    outcome = run_load(
                  spec,
                  [&](const LoadEvent& event) {
                    events.push_back(event);
                    if (event.kind == LoadEvent::Kind::kMeasuring) opened = now();
                    if (event.kind == LoadEvent::Kind::kMeasured) closed = now();
                  },
                  never)
                  .outcome;
  }
  ASSERT_EQ(events.size(), 5u);
  EXPECT_EQ(events[0].kind, LoadEvent::Kind::kReady);
  EXPECT_EQ(events[1].kind, LoadEvent::Kind::kMeasuring);
  EXPECT_EQ(events[2].elapsed, 250ms);
  EXPECT_EQ(events[3].elapsed, 500ms);
  EXPECT_GE(events[3].requests, events[2].requests);
  EXPECT_EQ(events[4].kind, LoadEvent::Kind::kMeasured);
  EXPECT_NEAR(seconds(closed - opened), 0.6, 0.1);
  EXPECT_GT(outcome.time_to_ready, 0ns);
}

TEST_F(Generator, EndsEarlyWhenAskedToAndSaysSo) {
  FakeStore store(good(self));
  self = &store;
  LoadSpec spec = spec_for(store, 3);
  spec.threads = 3;
  spec.duration = 60s;
  std::atomic<bool> stop = false;
  const Nanos before = now();
  const Outcome outcome =
      run_load(
          spec, [&](const LoadEvent& event) { stop = event.kind == LoadEvent::Kind::kProgress; },
          stop)
          .outcome;
  EXPECT_LT(now() - before, 30s);
  EXPECT_TRUE(outcome.interrupted);
  EXPECT_GT(outcome.requests, 0u);
  EXPECT_LT(outcome.duration, 30s);
}

// Two hosts of one load, one after the other: the constant schedule alternates between them, and
// together they have its connections and all its requests. The merged report has both.
TEST_F(Generator, SharesALoadWithOtherHosts) {
  LoadReport both;
  std::uint64_t requests = 0;
  std::vector<int> accepted;
  std::vector<std::vector<std::int64_t>> due(2);  // tenths of a second since the start
  for (int i = 0; i < 2; ++i) {
    std::mutex mutex;  // the store has a thread for each connection
    Nanos began{0};
    FakeStore store([&](Peer& peer, const Words& words) {
      {
        const std::lock_guard lock(mutex);
        due[static_cast<std::size_t>(i)].push_back((now() - began + 50ms) / 100ms);
      }
      good(self)(peer, words);
    });
    self = &store;
    LoadSpec spec = spec_for(store, 5);
    spec.rate = 10;
    spec.duration = 550ms;
    spec.sample_every = 100ms;
    spec.part = {i, 2};
    const LoadReport part = run_load(
        spec, [](const LoadEvent&) {}, never,
        [&] {
          const std::lock_guard lock(mutex);
          return began = now();
        });
    requests += part.outcome.requests;
    accepted.push_back(store.accepted);
    EXPECT_EQ(part.slice_responses.size(), kSlices);
    EXPECT_EQ(part.rows.rows.size(), 6u);
    i == 0 ? void(both = part) : both.merge(part);
  }
  both.complete(100ms);
  EXPECT_EQ(accepted, (std::vector<int>{3, 2}));
  EXPECT_EQ(due[0], (std::vector<std::int64_t>{0, 2, 4}));
  EXPECT_EQ(due[1], (std::vector<std::int64_t>{1, 3, 5}));
  EXPECT_EQ(requests, 6u);
  EXPECT_EQ(both.outcome.requests, 6u);
  EXPECT_EQ(both.outcome.timeline.series.at("requests"), (Column{1, 1, 1, 1, 1, 1}));
  std::set<int> numbers;
  for (const SubflowTrace& trace : both.outcome.subflows) numbers.insert(trace.connection);
  EXPECT_EQ(numbers, (std::set<int>{0, 1, 2, 3, 4}));
}

// Proof per connection; both skip where the kernel has no MPTCP.
Outcome run_mptcp(const FakeStore*& self, Transport listener, int expected) {
  FakeStore store(good(self), listener);
  self = &store;
  LoadSpec spec = spec_for(store, 4);
  spec.transport = Transport::kMptcp;
  spec.expected_subflows = expected;
  return run(spec);
}

TEST_F(Generator, ProvesThatEveryConnectionIsMptcp) {
  if (!has_mptcp()) GTEST_SKIP() << "no MPTCP here";
  const Outcome outcome = run_mptcp(self, Transport::kMptcp, 1);
  EXPECT_EQ(outcome.mptcp_start, (MptcpProof{4, 0, 1, 1, 4}));
  EXPECT_EQ(outcome.mptcp_end, (MptcpProof{4, 0, 1, 1, 4}));
  EXPECT_GT(outcome.requests, 0u);
  EXPECT_EQ(errors(outcome), 0u);
}

TEST_F(Generator, SeesEveryFallbackAndDoesNotWaitForItsSubflows) {
  if (!has_mptcp()) GTEST_SKIP() << "no MPTCP here";
  const Nanos before = now();
  const Outcome outcome = run_mptcp(self, Transport::kTcp, 2);
  EXPECT_LT(now() - before, 9s);
  EXPECT_EQ(outcome.mptcp_start, (MptcpProof{4, 4, 0, 0}));
  EXPECT_EQ(outcome.mptcp_end, (MptcpProof{4, 4, 0, 0}));
  EXPECT_EQ(outcome.ready_after.count(), 4u);
  EXPECT_EQ(outcome.complete_after.count(), 0u);
}

}  // namespace
}  // namespace mpb
