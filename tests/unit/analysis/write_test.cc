#include "analysis/write.hh"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "analysis/metric.hh"
#include "made_up.hh"
#include "result/measured.hh"
#include "result/read.hh"
#include "sys/error.hh"
#include "sys/file.hh"

namespace mpb {
namespace {

// The file has the digest of its measured part, and keeps it when it is read back.
TEST(Document, HasTheDigestOfTheMeasuredPart) {
  Result result = search_of({{"tcp", 1000}, {"mptcp", 4000}});
  result.environment.cpus = 2;
  result.capacities = {};
  for (auto& run : result.runs) run.links = {};
  result.measured_sha256 = "of another result";
  const Result read = result_from_json(to_json(analyse(result)), "r.json");
  EXPECT_EQ(read.measured_sha256, measured_sha256(result));
  EXPECT_NO_THROW(check_measured_sha256(read, "r.json"));
}

TEST(Write, NamesTheMetricsOfTheSchema) {
  std::vector<std::string> names = metric_names();
  names.emplace_back("slo_rate");
  const auto schema = nlohmann::json::parse(read_file(SOURCE_ROOT "/results/result.schema.json"));
  EXPECT_EQ(schema["$defs"]["metric"]["enum"].get<std::vector<std::string>>(), names);
}

// A long experiment writes all its runs again and again. The JSON of all runs would take ten times
// the memory of their text.
TEST(Write, HoldsOneRunAtATime) {
  const auto longest_piece = [](int runs) {
    Result result;
    for (int i = 0; i < runs; ++i) result.runs.push_back(run_of("tcp", 1000, i));
    for (auto& run : result.runs) run.invalid_reasons = {"no figure is of all runs"};
    std::size_t longest = 0;
    write_json(analyse(result),
               [&](std::string_view piece) { longest = std::max(longest, piece.size()); });
    return longest;
  };
  EXPECT_GT(longest_piece(1), 100U);
  EXPECT_LT(longest_piece(200), 2 * longest_piece(1));
}

}  // namespace
}  // namespace mpb
