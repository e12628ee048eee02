// Worlds in which links change, with real packets: UDP over each link, both ways, before and after
// every event, with each backend that this host has. It is its own emulator, as mptcp-bench is:
// `world_events link ...`.
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstring>
#include <iostream>
#include <set>
#include <sstream>

#include "cmd/cmd.hh"
#include "net/socket.hh"
#include "sys/error.hh"
#include "world/backend.hh"
#include "world/world.hh"

namespace mpb {
namespace {

constexpr int kPackets = 20;
// The wait for packets that do not arrive: 30 times as long as those take that do.
constexpr Nanos kLongEnough = 300ms;

Fd udp_socket(const std::string& here, const std::string& there) {
  Fd fd{
      check(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "opening a UDP socket")};
  const Address from = Address::resolve(here, 9);
  const Address to = Address::resolve(there, 9);
  check(bind(fd.get(), from.get(), from.length), "binding " + from.text());
  check(connect(fd.get(), to.get(), to.length), "connecting to " + to.text());
  return fd;
}

bool receive(const Fd& fd, Nanos timeout) {
  std::array<char, 100> buffer;
  pollfd readable{fd.get(), POLLIN, 0};
  const timespec wait = to_timespec(timeout);
  return ppoll(&readable, 1, &wait, nullptr) > 0 &&
         read(fd.get(), buffer.data(), buffer.size()) > 0;
}

// How many of kPackets arrive.
int arrive(const Fd& from, const Fd& to, bool expected) {
  for (int i = 0; i < kPackets; ++i) {
    // An error may be that of an earlier packet, told now; a refusal to send is a loss like any
    // other.
    if (send(from.get(), "x", 1, 0) < 0) send(from.get(), "x", 1, 0);
  }
  int count = 0;
  while (count < kPackets && receive(to, expected ? Nanos{5s} : kLongEnough)) ++count;
  return count;
}

// Neighbours come in the order of the kernel's hash table, whose seed changes as it grows.
std::string sorted_lines(const std::string& text) {
  std::istringstream stream(text);
  std::multiset<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.insert(line);
  std::string sorted;
  for (const std::string& line : lines) sorted += line + "\n";
  return sorted;
}

struct Ends {
  Fd client;
  Fd server;
};

class Events : public testing::TestWithParam<Backend> {
 protected:
  void SetUp() override {
    const std::string why = why_not(GetParam());
    if (!why.empty()) GTEST_SKIP() << why;
  }

  void build(const std::string& events) {
    scenario_ = scenario_from_json(
        R"({"links": [{"name": "one", "delay": "5ms", "rate": "100mbit"}, {"name": "two", "delay": "5ms"}],
                                       "events": [)" +
            events + "]}",
        "test.json");
    world_.emplace(
        WorldOptions{.scenario = scenario_, .backend = GetParam(), .mptcp = false, .seed = 0});
    for (std::size_t i = 0; i < scenario_.links.size(); ++i) {
      ends_.push_back(
          {inside_netns(world_->netns(Role::kClient),
                        [&] { return udp_socket(client_address(i), server_address(i)); }),
           inside_netns(world_->netns(Role::kServer),
                        [&] { return udp_socket(server_address(i), client_address(i)); })});
    }
    expect(true, true);
  }

  // Applies the next event.
  void next() {
    const std::string text = to_text(scenario_.events.at(event_), scenario_);
    const Nanos started = now();
    world_->apply(event_++);
    took_[text].push_back(now() - started);
  }

  // Whether the first link carries data to the server and to the client; the second always does.
  void expect(bool up, bool down) {
    EXPECT_EQ(arrive(ends_[0].client, ends_[0].server, up), up ? kPackets : 0)
        << "before event " << event_;
    EXPECT_EQ(arrive(ends_[0].server, ends_[0].client, down), down ? kPackets : 0)
        << "before event " << event_;
    EXPECT_EQ(arrive(ends_[1].client, ends_[1].server, true), kPackets)
        << "before event " << event_;
    EXPECT_EQ(arrive(ends_[1].server, ends_[1].client, true), kPackets)
        << "before event " << event_;
  }

  std::string said(const std::vector<std::string>& argv) {
    Spawn what;
    what.argv = argv;
    what.netns_fd = world_->netns(Role::kClient);
    return run_captured(what, 10s).out;
  }

  void tell_times() {
    for (auto& [text, times] : took_) {
      std::sort(times.begin(), times.end());
      std::cout << to_text(GetParam()) << ": apply() of \"" << text << "\" took "
                << times[times.size() / 2].count() / 1000 << " us in the median, "
                << times.back().count() / 1000 << " us at most (" << times.size() << ")"
                << std::endl;
    }
  }

  Scenario scenario_;
  std::optional<World> world_;
  std::vector<Ends> ends_;
  std::size_t event_ = 0;
  std::map<std::string, std::vector<Nanos>> took_;
};

INSTANTIATE_TEST_SUITE_P(By, Events, testing::Values(Backend::kTun, Backend::kNetem),
                         [](const testing::TestParamInfo<Backend>& backend) {
                           return to_text(backend.param);
                         });

TEST_P(Events, ABlackholeTakesEveryPacketAndIsNoRandomLoss) {
  build(R"({"at": "1s", "link": "one", "state": "down"}, {"at": "1s", "link": "one", "state": "up"},
           {"at": "1s", "link": "one", "state": "down", "direction": "up"}, {"at": "1s", "link": "one", "state": "up"},
           {"at": "1s", "link": "one", "state": "down", "direction": "down"}, {"at": "1s", "link": "one", "state": "up"},
           {"at": "1s", "link": "one", "loss": "100%"}, {"at": "1s", "link": "one", "state": "down"},
           {"at": "1s", "link": "one", "loss": "0%"}, {"at": "1s", "link": "one", "state": "up"})");
  for (const auto& [up, down] : {std::pair{false, false},
                                 {true, true},
                                 {false, true},
                                 {true, true},
                                 {true, false},
                                 {true, true}}) {
    next();
    expect(up, down);
    EXPECT_EQ(world_->traffic()[0].lost_packets, 0) << "after " << event_ << " events";
  }
  // From now on every packet of the first link is lost at random, and then taken by a blackhole:
  // only the former are lost packets.
  for (const auto& [open, lost] : {std::pair{false, 2 * kPackets},
                                   {false, 2 * kPackets},
                                   {false, 2 * kPackets},
                                   {true, 2 * kPackets}}) {
    next();
    expect(open, open);
    EXPECT_EQ(world_->traffic()[0].lost_packets, lost) << "after " << event_ << " events";
  }
  EXPECT_EQ(world_->traffic()[0].dropped_packets, 0);
  EXPECT_EQ(world_->traffic()[1].lost_packets, 0);
  EXPECT_TRUE(world_->stray_losses().empty());
  EXPECT_EQ(world_->broken(), "");
}

TEST_P(Events, AnUnpluggedInterfaceIsDownAndComesBackAsItWas) {
  build(
      R"({"at": "1s", "link": "one", "state": "unplugged"}, {"at": "1s", "link": "one", "state": "up"},
           {"at": "1s", "link": "one", "state": "unplugged"}, {"at": "1s", "link": "one", "state": "down"},
           {"at": "1s", "link": "one", "state": "up"})");
  const auto state = [this] {
    return said({"ip", "route", "show", "table", "all"}) + said({"ip", "rule"}) +
           sorted_lines(said({"ip", "neighbour"})) + said({"ip", "-oneline", "address"});
  };
  const std::string before = state();
  // Packets that are on their way to the interface when it goes.
  for (int i = 0; i < kPackets; ++i) send(ends_[0].server.get(), "x", 1, 0);
  next();
  EXPECT_EQ(said({"ip", "-br", "link", "show", "dev", "one", "up"}), "");
  // Long enough for the peer's kernel to notice (linkwatch, a second): it must have noticed the
  // opposite when apply() returns.
  for (int i = 0; i < 3; ++i) expect(false, false);
  next();
  expect(true, true);
  EXPECT_EQ(state(), before);
  next();
  next();
  expect(false, false);
  next();
  EXPECT_EQ(state(), before);
  expect(true, true);
  EXPECT_EQ(world_->traffic()[0].lost_packets, 0);
  for (const std::string& clause : world_->stray_losses()) ADD_FAILURE() << clause;
  EXPECT_EQ(world_->broken(), "");
}

TEST_P(Events, ADelayChangesInOneDirection) {
  build(
      R"({"at": "1s", "link": "one", "delay": "100ms", "direction": "down"}, {"at": "1s", "link": "one", "delay": "5ms"})");
  next();
  const auto time = [](const Fd& from, const Fd& to) {
    const Nanos started = now();
    send(from.get(), "x", 1, 0);
    EXPECT_TRUE(receive(to, 5s));
    return now() - started;
  };
  EXPECT_GE(time(ends_[0].server, ends_[0].client), 100ms);
  // Of several, for any one may be late: the other direction and the time afterwards are as before.
  Nanos best = 1h;
  for (int i = 0; i < 20; ++i) best = std::min(best, time(ends_[0].client, ends_[0].server));
  EXPECT_LT(best, 50ms);
  next();
  best = 1h;
  for (int i = 0; i < 20; ++i) best = std::min(best, time(ends_[0].server, ends_[0].client));
  EXPECT_LT(best, 50ms);
}

TEST_P(Events, HappenAtOnce) {
  std::string events;
  for (int i = 0; i < 30; ++i) {
    for (const char* what :
         {R"("state": "down")", R"("state": "up")", R"("state": "unplugged")",
          R"("state": "up", "rate": "10mbit")", R"("rate": "20mbit", "delay": "6ms", "loss": "1%")",
          R"("rate": "10mbit", "delay": "5ms", "loss": "0%")"}) {
      events +=
          std::string(events.empty() ? "" : ", ") + R"({"at": "1s", "link": "one", )" + what + "}";
    }
  }
  build(events);
  while (event_ < scenario_.events.size()) next();
  expect(true, true);
  tell_times();
}

}  // namespace
}  // namespace mpb

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  if (argc > 1 && std::strcmp(argv[1], "link") == 0) {
    CLI::App app;
    mpb::Action action;
    mpb::add_link(app, action);
    CLI11_PARSE(app, argc, argv);
    return action();
  }
  testing::InitGoogleTest(&argc, argv);
  try {
    const mpb::Sandbox sandbox;
    return RUN_ALL_TESTS();
  } catch (const mpb::CannotRun& error) {
    std::cerr << error.what() << std::endl;
    return mpb::kCannotRun;
  }
}
