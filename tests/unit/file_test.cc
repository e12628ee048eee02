#include "sys/file.hh"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "sys/error.hh"

namespace mpb {
namespace {

namespace fs = std::filesystem;

class DataFolder : public testing::Test {
 protected:
  DataFolder() {
    std::string name = (fs::temp_directory_path() / "mptcp-bench-file-test.XXXXXX").string();
    root_ = mkdtemp(name.data());
  }
  ~DataFolder() override { fs::remove_all(root_); }

  // A folder below the test's own.
  std::string make(const std::string& folder) {
    fs::create_directories(root_ / folder);
    return (root_ / folder).string();
  }
  std::string path(const std::string& name) const { return (root_ / name).string(); }

  void write(const std::string& file, const std::string& text) { std::ofstream(root_ / file) << text; }

 private:
  fs::path root_;
};

TEST_F(DataFolder, OfABuildIsTheSourceTreesWhereverTheBuildIs) {
  const std::string data = make("source/netns");
  for (const auto& [build, source] : {std::pair{"source/build", ".."}, {"elsewhere/build", "../../source"}}) {
    const std::string folder = make(build);
    write(std::string(build) + "/mptcp-bench.source", std::string(source) + "\n");
    EXPECT_EQ(data_folder("netns", {folder, "/usr/bin", "/usr/share/mptcp-bench"}), data);
  }
}

TEST_F(DataFolder, OfABuildIsNotWhatHappensToBeNextToIt) {
  make("source");
  make("elsewhere/netns");
  make("elsewhere/share/mptcp-bench/netns");
  const std::string folder = make("elsewhere/build");
  write("elsewhere/build/mptcp-bench.source", "../../source\n");
  try {
    data_folder("netns", {folder, "/usr/bin", path("elsewhere/share/mptcp-bench")});
    FAIL() << "found data that is not the source tree's";
  } catch (const BadInput& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("there is no folder " + path("source/netns")));
    EXPECT_THAT(error.what(), testing::HasSubstr("name a file instead"));
  }
}

TEST_F(DataFolder, OfAnInstallationIsItsDatadirAlsoWhenAllHasMoved) {
  for (const auto& [bin, bindir, share, datadir] : {
           std::tuple{"usr/bin", "/usr/bin", "usr/share/mptcp-bench/netns", "/usr/share/mptcp-bench"},
           std::tuple{"moved/bin", "/usr/local/bin", "moved/share/mptcp-bench/netns", "/usr/local/share/mptcp-bench"},
           std::tuple{"a/libexec/bin", "/opt/a/libexec/bin", "data/mptcp-bench/netns", "/opt/data/mptcp-bench"},
       }) {
    const std::string data = make(share);
    EXPECT_EQ(data_folder("netns", {make(bin), bindir, datadir}), data);
  }
}

TEST_F(DataFolder, OfAnInstallationIsTheConfiguredOneWhenOnlyTheProgramHasMoved) {
  const std::string data = make("data/mptcp-bench/netns");
  EXPECT_EQ(data_folder("netns", {make("home/me"), path("usr/bin"), path("data/mptcp-bench")}), data);
}

TEST_F(DataFolder, OfAnInstallationIsNotWhatHappensToBeNextToIt) {
  make("netns");
  EXPECT_THROW(data_folder("netns", {make("bin"), "/usr/bin", path("share/mptcp-bench")}), BadInput);
}

}  // namespace
}  // namespace mpb
