// The plans whose only run a packet capture can hold.
#include "experiment/capture.hh"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "made_up_experiment.hh"
#include "refusal.hh"

namespace mpb {
namespace {

std::string capture_refusal(const ExperimentOptions& options) {
  return refusal([&] { check_captured_runs(options); });
}

ExperimentOptions one_run() {
  ExperimentOptions options = experiment();
  options.protos = {Proto::kMptcp};
  options.capture = "x.pcapng";
  return options;
}

TEST(CapturedRuns, AreOne) {
  EXPECT_EQ(capture_refusal(one_run()), "taken");
  ExperimentOptions options = one_run();
  options.protos = {Proto::kTcp, Proto::kMptcp};
  EXPECT_EQ(capture_refusal(options),
            "--capture: a file holds one run, and this experiment has 2; choose one, such as "
            "--proto mptcp --op get --size 4k");
  options.capture = "";
  EXPECT_EQ(capture_refusal(options), "taken");
  options = one_run();
  options.repeat = 3;
  EXPECT_THAT(capture_refusal(options), testing::HasSubstr("this experiment has 3;"));
}

// Some runs of these plans are not results, or their number follows from the first ones.
TEST(CapturedRuns, AreKnownBeforehand) {
  ExperimentOptions options = one_run();
  options.auto_warmup = true;
  EXPECT_THAT(capture_refusal(options), testing::HasSubstr("this experiment has several;"));
  options = one_run();
  options.auto_rates = true;
  EXPECT_THAT(capture_refusal(options), testing::HasSubstr("this experiment has several;"));
  options = one_run();
  options.slo = parse_slo("p99 < 20ms");
  EXPECT_THAT(capture_refusal(options), testing::HasSubstr("this experiment has several;"));
  options = one_run();
  options.until_ci = 0.02;
  EXPECT_THAT(capture_refusal(options), testing::HasSubstr("this experiment has several;"));
}

TEST(CapturedRuns, HaveLinksOfOurs) {
  ExperimentOptions options = one_run();
  options.target = Target{.host = "10.0.0.1", .port = "6379"};
  EXPECT_THAT(capture_refusal(options),
              testing::HasSubstr("run tcpdump at the interfaces of this host"));
}

TEST(CaptureRecord, NamesThePacketsThatItsFileDoesNotHave) {
  EXPECT_THAT(missing_packets({.packets = 10}), testing::IsEmpty());
  EXPECT_THAT(missing_packets({.packets = 10, .missed = 2, .beyond_limit = 3}),
              testing::ElementsAre(
                  "the capture leaves out 3 packets, because its file had reached the largest size",
                  "the capture leaves out 2 packets, because its disk was slower than the links"));
}

}  // namespace
}  // namespace mpb
