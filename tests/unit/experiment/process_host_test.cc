#include "experiment/process_host.hh"

#include <gtest/gtest.h>

#include <csignal>

namespace mpb {
namespace {

TEST(ProcessHost, GivesLinesToItsLoad) {
  ProcessHost host("client2", -1);
  host.start({"sh", "-c", "echo ready; read line; echo \"got $line\"; echo bye >&2; exit 77"});
  EXPECT_EQ(host.next(10s), "ready");
  EXPECT_EQ(host.next(0s), std::nullopt);  // it waits
  EXPECT_FALSE(host.ended());
  host.send("open 5");
  EXPECT_EQ(host.next(10s), "got open 5");
  EXPECT_EQ(host.next(10s), std::nullopt);
  EXPECT_TRUE(host.ended());
  const LoadEnd end = host.end();
  EXPECT_EQ(end.how, "exited with 77");
  EXPECT_EQ(end.last_words, "bye");
  EXPECT_TRUE(end.cannot_run);
  host.stop(0s);
}

TEST(ProcessHost, EndsItsLoadAndStartsAnother) {
  std::signal(SIGPIPE, SIG_IGN);  // as main() does
  ProcessHost host("client2", -1);
  for (int i = 0; i < 2; ++i) {
    host.start({"sh", "-c", "echo $$; exec sleep 100"});
    const pid_t pid = std::stoi(host.next(10s).value());
    host.stop(0s);
    EXPECT_NE(kill(pid, 0), 0);
  }
  host.start({"true"});
  EXPECT_EQ(host.next(10s), std::nullopt);
  host.send("open 5");  // to nobody
  host.stop(1s);
}

}  // namespace
}  // namespace mpb
