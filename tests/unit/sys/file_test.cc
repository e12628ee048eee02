// Whole files, where the file system or somebody else makes it hard; and where the data folders
// are.
#include "sys/file.hh"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <array>
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

  void write(const std::string& file, const std::string& text) {
    std::ofstream(root_ / file) << text;
  }

 private:
  fs::path root_;
};

TEST_F(DataFolder, OfABuildIsTheSourceTreesWhereverTheBuildIs) {
  const std::string data = make("source/netns");
  for (const auto& [build, source] :
       {std::pair{"source/build", ".."}, {"elsewhere/build", "../../source"}}) {
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
           std::tuple{"usr/bin", "/usr/bin", "usr/share/mptcp-bench/netns",
                      "/usr/share/mptcp-bench"},
           std::tuple{"moved/bin", "/usr/local/bin", "moved/share/mptcp-bench/netns",
                      "/usr/local/share/mptcp-bench"},
           std::tuple{"a/libexec/bin", "/opt/a/libexec/bin", "data/mptcp-bench/netns",
                      "/opt/data/mptcp-bench"},
       }) {
    const std::string data = make(share);
    EXPECT_EQ(data_folder("netns", {make(bin), bindir, datadir}), data);
  }
}

TEST_F(DataFolder, OfAnInstallationIsTheConfiguredOneWhenOnlyTheProgramHasMoved) {
  const std::string data = make("data/mptcp-bench/netns");
  EXPECT_EQ(data_folder("netns", {make("home/me"), path("usr/bin"), path("data/mptcp-bench")}),
            data);
}

TEST_F(DataFolder, OfAnInstallationIsNotWhatHappensToBeNextToIt) {
  make("netns");
  EXPECT_THROW(data_folder("netns", {make("bin"), "/usr/bin", path("share/mptcp-bench")}),
               BadInput);
}

class File : public ::testing::Test {
 protected:
  File() {
    std::string name = (fs::temp_directory_path() / "mptcp-bench-file-XXXXXX").string();
    folder_ = check(mkdtemp(name.data()) != nullptr ? 0 : -1, "making a folder") == 0 ? name : "";
  }
  ~File() override { fs::remove_all(folder_); }

  fs::path path(const std::string& name) const { return folder_ / name; }
  void put(const std::string& name, const std::string& text) const {
    std::ofstream(path(name)) << text;
  }

  fs::path folder_;
};

// As a file system without it does; in this process from now on.
void refuse_tmpfile() {
  constexpr auto kFlagsOfOpenat = static_cast<std::uint32_t>(offsetof(seccomp_data, args[2]));
  std::array<sock_filter, 6> program{{
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offsetof(seccomp_data, nr))),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 0, 3),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, kFlagsOfOpenat),
      BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, O_TMPFILE & ~O_DIRECTORY, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EOPNOTSUPP),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  }};
  const sock_fprog filter{static_cast<unsigned short>(program.size()), program.data()};
  check(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "giving up privileges");
  check(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter), "refusing O_TMPFILE");
}

// In a child, because a process cannot undo such a refusal.
#define EXPECT_WITHOUT_TMPFILE(action)              \
  EXPECT_EXIT(                                      \
      {                                             \
        refuse_tmpfile();                           \
        action;                                     \
        _exit(testing::Test::HasFailure() ? 1 : 0); \
      },                                            \
      ::testing::ExitedWithCode(0), "")

TEST_F(File, IsReplacedWithoutTmpfile) {
  put("page.html", "old");
  EXPECT_WITHOUT_TMPFILE(replace_file(path("page.html"), "new"));
  EXPECT_EQ(read_file(path("page.html")), "new");
  EXPECT_FALSE(fs::exists(path("page.html.partial")));
}

TEST_F(File, TakesOverWhatAKilledWriteHasLeft) {
  put("page.html.partial", "half of a page that was longer");
  EXPECT_WITHOUT_TMPFILE(replace_file(path("page.html"), "new"));
  EXPECT_EQ(read_file(path("page.html")), "new");
  EXPECT_FALSE(fs::exists(path("page.html.partial")));
}

TEST_F(File, IsNotWrittenThroughALink) {
  put("victim", "theirs");
  fs::create_symlink("victim", path("page.html.partial"));
  EXPECT_WITHOUT_TMPFILE(replace_file(path("page.html"), "new"));
  EXPECT_EQ(read_file(path("victim")), "theirs");
  EXPECT_EQ(read_file(path("page.html")), "new");
  EXPECT_FALSE(fs::is_symlink(path("page.html")));
}

// Of a folder with this name nothing is removed, and the error names it.
TEST_F(File, SaysWhatIsInTheWay) {
  fs::create_directory(path("page.html.partial"));
  EXPECT_EXIT(
      {
        refuse_tmpfile();
        try {
          replace_file(path("page.html"), "new");
        } catch (const RunFailed& error) {
          std::fputs(error.what(), stderr);
        }
        _exit(0);
      },
      ::testing::ExitedWithCode(0), "page.html.partial is in the way; remove it");
  EXPECT_FALSE(fs::exists(path("page.html")));
}

TEST_F(File, StaysAsItWasWhenItsWriterFails) {
  put("page.html", "old");
  const auto failing = [](const Sink& sink) {
    sink("new");
    throw RunFailed("no more");
  };
  EXPECT_THROW(replace_file(path("page.html"), failing), RunFailed);
  EXPECT_WITHOUT_TMPFILE(EXPECT_THROW(replace_file(path("page.html"), failing), RunFailed));
  EXPECT_EQ(read_file(path("page.html")), "old");
  EXPECT_FALSE(fs::exists(path("page.html.partial")));
}

TEST_F(File, AppearsWhenItIsPublished) {
  put("old", "old");
  const auto write_both = [this] {
    for (const char* name : {"old", "new"}) {
      NewFile file(path(name));
      ASSERT_EQ(write(file.fd(), "complete", 8), 8);
      EXPECT_EQ(fs::exists(path(name)), name == std::string("old"));
      file.publish();
      EXPECT_EQ(read_file(path(name)), "complete");
      fs::remove(path("new"));
      put("old", "old");
    }
  };
  write_both();
  EXPECT_WITHOUT_TMPFILE(write_both());
}

TEST_F(File, LeavesNothingIfItIsNotPublished) {
  put("page.html", "old");
  const auto abandon = [this] {
    NewFile file(path("page.html"));
    ASSERT_EQ(write(file.fd(), "half", 4), 4);
  };
  abandon();
  EXPECT_WITHOUT_TMPFILE(abandon());
  EXPECT_EQ(read_file(path("page.html")), "old");
  EXPECT_FALSE(fs::exists(path("page.html.partial")));
}

TEST_F(File, IsReadOnlyUpToABound) {
  try {
    read_file("/dev/zero");
    FAIL() << "/dev/zero has been read to its end";
  } catch (const BadInput& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("/dev/zero: is larger than 1024 MiB"));
  }
}

}  // namespace
}  // namespace mpb
