#include "result/machine.hh"

#include <gmock/gmock.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "result/json.hh"
#include "result/read.hh"
#include "sys/error.hh"

namespace mpb {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

MachineRecord sample_machine() {
  return {std::string(64, 'a'), std::string(64, '0'), std::string(64, 'f'), 999999999999999999u};
}

TEST(Machine, IsReadAsItIsWritten) {
  const auto json = json_of(sample_machine());
  EXPECT_EQ(json_of(machine_from(json.dump())), json);
}

TEST(Machine, IsNothingElse) {
  const std::string text = json_of(sample_machine()).dump();
  struct Edit {
    std::string from, to, why;
  };
  for (const auto& [from, to, why] :
       {Edit{text, "", "is not JSON"}, Edit{text, "{}", "/kernel_sha256: is missing"},
        Edit{std::string(64, 'a'), std::string(63, 'a'), "/kernel_sha256: is not a SHA-256"},
        Edit{std::string(64, 'f'), std::string(64, 'F'), "/root_sha256: is not a SHA-256"},
        Edit{"\"" + std::string(64, '0') + "\"", "0", "/config_sha256: is not text"},
        Edit{",\"seed\":999999999999999999", "", "/seed: is missing"},
        Edit{"999999999999999999", "-1", "/seed: "},
        Edit{"}", ",\"x\":1}", "/x: is not a field of a machine"}}) {
    std::string changed = text;
    ASSERT_NE(changed.find(from), std::string::npos) << from;
    changed.replace(changed.find(from), from.size(), to);
    try {
      machine_from(changed);
      ADD_FAILURE() << changed << " was read";
    } catch (const BadInput& error) {
      EXPECT_THAT(error.what(), StartsWith("MPTCP_BENCH_MACHINE: "));
      EXPECT_THAT(error.what(), HasSubstr(why));
    }
  }
}

TEST(Machine, IsHeldToItsDigestsInAResult) {
  Result result;
  result.environment.cpus = 1;
  result.environment.machine = sample_machine();
  auto document = json_of_head(result);
  document["runs"] = nlohmann::json::array();
  EXPECT_EQ(result_from_json(document.dump(), "r.json").environment.machine->seed,
            sample_machine().seed);
  document["environment"]["machine"]["root_sha256"] = "f";
  try {
    result_from_json(document.dump(), "r.json");
    ADD_FAILURE() << "was read";
  } catch (const BadInput& error) {
    EXPECT_THAT(error.what(), StartsWith("r.json: /environment/machine/root_sha256: is not a SHA"));
  }
}

TEST(Machine, IsToldByTheEnvironment) {
  unsetenv(kMachineVariable);
  EXPECT_FALSE(machine_of_environment());
  setenv(kMachineVariable, json_of(sample_machine()).dump().c_str(), 1);
  const std::optional<MachineRecord> told = machine_of_environment();
  setenv(kMachineVariable, "uml", 1);
  EXPECT_THROW(machine_of_environment(), BadInput);
  unsetenv(kMachineVariable);
  ASSERT_TRUE(told);
  EXPECT_EQ(json_of(*told), json_of(sample_machine()));
}

}  // namespace
}  // namespace mpb
