// ip(8) and tc(8) of this host, and tools that hold their output back until they end, as those of
// iproute2 7 do if stdout is a pipe. Every command is about a device that does not exist, so none
// needs privileges.
#include "world/batch.hh"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "sys/error.hh"

namespace mpb {
namespace {

namespace fs = std::filesystem;

enum class Stdout { kAsItIs, kKeptToTheEnd };

class BatchTest : public testing::TestWithParam<std::tuple<std::string, Stdout>> {
 protected:
  void SetUp() override {
    const std::string tool = find_program(program());
    if (tool.empty()) {
      // In CI, which installs it, a skip would hide that it is not there.
      const char* must = std::getenv("MPB_MUST");
      ASSERT_TRUE(must == nullptr || std::string(must) != "1") << program() << " is not installed";
      GTEST_SKIP() << program() << " is not installed";
    }
    if (std::get<Stdout>(GetParam()) == Stdout::kAsItIs) return;
    std::string name = (fs::temp_directory_path() / "mptcp-bench-batch-test.XXXXXX").string();
    folder_ = mkdtemp(name.data());
    const fs::path script = folder_ / program();
    std::ofstream(script) << "#!/bin/sh\n"
                          << tool << R"( "$@" | { text=$(cat); printf '%s\n' "$text"; })"
                          << "\n";
    fs::permissions(script, fs::perms::owner_all);
    path_ = getenv("PATH");
    setenv("PATH", (folder_.string() + ":" + path_).c_str(), 1);
  }
  void TearDown() override {
    if (folder_.empty()) return;
    setenv("PATH", path_.c_str(), 1);
    fs::remove_all(folder_);
  }

  std::string program() const { return std::get<std::string>(GetParam()); }
  std::vector<std::string> change(const std::string& device) const {
    if (program() == "tc")
      return {"tc", "qdisc", "change", "dev", device, "root", "netem", "limit", "1"};
    return {"ip", "link", "set", "dev", device, "up"};
  }

 private:
  fs::path folder_;
  std::string path_;
};

INSTANTIATE_TEST_SUITE_P(By, BatchTest,
                         testing::Combine(testing::Values("ip", "tc"),
                                          testing::Values(Stdout::kAsItIs, Stdout::kKeptToTheEnd)),
                         [](const testing::TestParamInfo<BatchTest::ParamType>& given) {
                           const bool kept = std::get<Stdout>(given.param) == Stdout::kKeptToTheEnd;
                           return std::get<std::string>(given.param) + (kept ? "KeepsStdout" : "");
                         });

TEST_P(BatchTest, AnswersWhenAGroupIsDone) {
  Batch batch(program(), -1);
  for (int i = 0; i < 3; ++i) batch.run({});
}

TEST_P(BatchTest, ReportsEveryFailureAndContinues) {
  Batch batch(program(), -1);
  for (int i = 0; i < 2; ++i) {
    try {
      batch.run({change("missing-1"), change("missing-2")});
      ADD_FAILURE() << "a command for a device that does not exist succeeded";
    } catch (const RunFailed& error) {
      EXPECT_THAT(error.what(), testing::HasSubstr("dev missing-1"));
      EXPECT_THAT(error.what(),
                  testing::ContainsRegex(
                      "Cannot find device \"missing-1\".*Cannot find device \"missing-2\""));
    }
    batch.run({});
  }
}

}  // namespace
}  // namespace mpb
