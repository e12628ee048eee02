#include "result/field_reader.hh"

#include <gmock/gmock.h>

#include "analysis/write.hh"
#include "made_up.hh"
#include "result/read.hh"
#include "sys/error.hh"

namespace mpb {
namespace {

using ::testing::HasSubstr;

TEST(FieldReader, RefusesAHistogramWhoseFiguresContradictEachOther) {
  Result result = result_of({run_of("tcp", 1000)});
  result.capacities = {};
  result.runs[0].links = {};
  result.scenario.name = "s", result.scenario.backend = "tun";
  result.environment.kernel = "Linux 6.1", result.environment.cpus = 2;
  const std::string text = to_json(analyse(result));
  EXPECT_EQ(result_from_json(text, "r.json").runs.size(), 1u);
  struct Edit {
    std::string from, to, why;
  };
  for (const auto& [from, to, why] :
       {Edit{"\"count\": 1", "\"count\": 2",
             "/first_byte/count: is not the number of values in the histogram"},
        Edit{"\"sum\": 10000000", "\"sum\": 10000001",
             "/first_byte/histogram: has a sum that its values cannot have"},
        Edit{"\"count\": [1]", "\"count\": [4611686018427387904]",
             "/first_byte/histogram: counts more values than a run can have"}}) {
    std::string changed = text;
    ASSERT_NE(changed.find(from), std::string::npos) << from;
    changed.replace(changed.find(from), from.size(), to);
    try {
      result_from_json(changed, "r.json");
      ADD_FAILURE() << to << " was read";
    } catch (const BadInput& error) {
      EXPECT_THAT(error.what(), HasSubstr(why));
    }
  }
}

}  // namespace
}  // namespace mpb
