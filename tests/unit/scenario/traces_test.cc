#include "scenario/traces.hh"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "emu/link_fields.hh"
#include "emu/traces.hh"
#include "refusal.hh"
#include "scenario/scenario.hh"
#include "sys/file.hh"

namespace mpb {
namespace {

namespace fs = std::filesystem;

class Traces : public ::testing::Test {
 protected:
  Traces() {
    fs::create_directory(folder_ / "t");
    write("t/a.trace", "1\n3\n");
    write("t/b.csv", "time,rate,delay,loss\n0,8mbit,20ms,1%\n1,repeat\n");
    write("t/bad.csv", "time,rate\n0,80\n1,repeat\n");
  }
  ~Traces() override { fs::remove_all(folder_); }

  void write(const std::string& name, const std::string& text) {
    replace_file(folder_ / name, text);
  }
  Scenario load(const std::string& json) {
    write("s.json", json);
    return load_scenario(folder_ / "s.json");
  }
  // Without the folder, which is not the same each time.
  std::string refused(const std::string& json) {
    std::string text = refusal([&] { load(json); });
    const std::string folder = folder_.string() + "/";
    for (std::size_t at; (at = text.find(folder)) != std::string::npos;)
      text.erase(at, folder.size());
    return text;
  }

 private:
  fs::path folder_{make_folder()};

  static fs::path make_folder() {
    std::string name = (fs::temp_directory_path() / "traces-XXXXXX").string();
    return mkdtemp(name.data());
  }
};

TEST_F(Traces, AreReadFromTheFolderOfTheScenario) {
  const Scenario s = load(R"({"clients": 2, "links": [
      {"name": "a", "up": {"trace": "t/a.trace"}, "down": {"trace": "t/b.csv"}},
      {"name": "b", "trace": "t/b.csv", "queue": "100p"}]})");
  ASSERT_EQ(s.links.size(), 4U);
  EXPECT_EQ(s.links[0].up.trace.data->period(), 3ms);
  EXPECT_TRUE(s.links[0].down.trace.data->has_loss());
  EXPECT_EQ(s.links[1].up.trace.data, s.links[0].down.trace.data);
  EXPECT_EQ(s.links[2].up.trace.data, s.links[0].up.trace.data);  // of the second client
  EXPECT_EQ(trace_files(s.links), (std::vector<std::string>{"t/a.trace", "t/b.csv"}));
  EXPECT_EQ(link_with_trace(s.links), &s.links[0]);
  EXPECT_EQ(link_without_rate(s), nullptr);
  EXPECT_FALSE(has_plain_links(s));
  // Neither a rate of 0 nor a delay of 0, which the trace determines.
  EXPECT_EQ(to_text(s.links[1]), "b, each way: trace t/b.csv, queue 100p");
  EXPECT_EQ(link_texts(s.links[0].down).front(),
            (std::pair<std::string, std::string>("trace", "t/b.csv")));
}

TEST_F(Traces, AreEqualIfNameAndContentAre) {
  const std::string json = R"({"links": [{"name": "a", "trace": "t/a.trace"}]})";
  const Scenario before = load(json);
  EXPECT_EQ(load(json).links, before.links);
  write("t/a.trace", "1\n4\n");
  EXPECT_NE(load(json).links, before.links);
}

TEST_F(Traces, NameTheScenarioTheLinkAndTheLine) {
  EXPECT_EQ(refused(R"({"links": [{"name": "a", "down": {"trace": "t/bad.csv"}}]})"),
            "s.json: /links/0/down/trace: t/bad.csv: line 2: rate: \"80\" has no unit; write "
            "\"80mbit\"");
  EXPECT_EQ(refused(R"({"links": [{"name": "a"}, {"name": "b", "trace": "t/none.csv"}]})"),
            "s.json: /links/1/trace: t/none.csv: cannot be read: No such file or directory");
  EXPECT_EQ(refused(R"({"links": [{"name": "a", "trace": "t"}]})"),
            "s.json: /links/0/trace: t: is not a regular file; name a file with a trace");
}

TEST_F(Traces, MayNotBeElsewhere) {
  for (const std::string name : {"/etc/hostname", "../a", "t/../../a", "", "t/a b"}) {
    const std::string text = refused(R"({"links": [{"name": "a", "trace": ")" + name + R"("}]})");
    EXPECT_EQ(text.substr(0, 23), "s.json: /links/0/trace:") << name;
    EXPECT_NE(text.find("is not the name of a file below the folder of the scenario"),
              std::string::npos)
        << text;
  }
}

TEST_F(Traces, LeaveNoPlaceForWhatTheyDetermine) {
  EXPECT_EQ(refused(R"({"links": [{"name": "a", "rate": "1mbit", "up": {"trace": "t/a.trace"}}]})"),
            "s.json: /links/0/up: t/a.trace has the rate of this direction, so leave out \"rate\" "
            "here");
  EXPECT_EQ(refused(R"({"links": [{"name": "a", "trace": "t/b.csv", "delay": "1ms"}]})"),
            "s.json: /links/0/up: t/b.csv has the delay of this direction, so leave out \"delay\" "
            "here");
  EXPECT_EQ(refused(R"({"links": [{"name": "a", "trace": "t/a.trace", "delay": "1ms"}]})"),
            "taken");
  const std::string link = R"({"links": [{"name": "a", "up": {"trace": "t/b.csv"}}], "events": [)";
  EXPECT_EQ(refused(link + R"({"at": "1s", "link": "a", "loss": "2%"}]})"),
            "s.json: /events/0: t/b.csv has the loss of this direction, so leave out \"loss\" "
            "here");
  EXPECT_EQ(refused(link + R"({"at": "1s", "link": "a", "direction": "down", "loss": "2%"}]})"),
            "taken");
  EXPECT_EQ(refused(link + R"({"at": "1s", "link": "a", "state": "down"}]})"), "taken");
  EXPECT_EQ(refused(link + R"({"at": "1s", "link": "a", "trace": "t/a.trace"}]})").substr(0, 40),
            "s.json: /events/0/trace: unknown field; ");
}

}  // namespace
}  // namespace mpb
