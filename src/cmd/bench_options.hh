// The options of the main command. cmd/bench_experiment.hh makes an experiment of them.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cmd/load_options.hh"
#include "experiment/plan.hh"

namespace mpb {

// CLI11 fills the bases directly, and an experiment takes them over unchanged. The other members
// are text that experiment_of() parses.
struct BenchOptions : WorldParameters, PlanParameters {
  std::string scenario = "two-lossy-links", workload = "default", store = "auto", target,
              links = "auto", output, capture;
  std::string auth_env, auth_file, slo, resume, until_ci_text;
  std::vector<std::string> protos{"both"}, ops, sizes, rates, controls, ips, variables, settings,
      conditions;
  LoadTexts load;
  std::string timeline_text = "100ms";
  int db = 0;
  // For a resumed result: the number of blocks with which it was started, from which other options
  // followed.
  std::optional<int> begun_with;
  std::optional<std::uint64_t> seed;  // drawn if it is not given
  bool json = false, quiet = false, dry_run = false, yes = false;
};

void add_bench_options(CLI::App& app, BenchOptions& options);

// The options of a command line in a result. Throws BadInput.
BenchOptions parse_bench_options(const std::vector<std::string>& command);

}  // namespace mpb
