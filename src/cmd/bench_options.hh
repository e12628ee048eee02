// The options of the main job: what they are, and what they make an experiment.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "cmd/load_options.hh"
#include "experiment/plan.hh"

namespace mpb {

// CLI11 fills the bases itself, which an experiment takes over as they are, but for what is still
// text here.
struct BenchOptions : WorldParameters, PlanParameters {
  std::string scenario = "two-lossy-links", workload = "default", store = "auto", target,
              links = "auto", output;
  std::string auth_env, auth_file, slo, resume, until_ci_text;
  std::vector<std::string> protos{"both"}, ops, sizes, rates, controls;
  LoadTexts load;
  std::string timeline_text = "100ms";
  int db = 0;
  // Of a result that is resumed: as many blocks as it was begun with, which decided the rest.
  std::optional<int> begun_with;
  std::optional<std::uint64_t> seed;  // drawn where it is not given
  bool json = false, quiet = false, dry_run = false;
};

void add_bench_options(CLI::App& app, BenchOptions& options);

// The options of a command line as a result records it. Throws BadInput.
BenchOptions parse_bench_options(const std::vector<std::string>& command);

// Everything but the links' backend, which is chosen in the sandbox, and the output. Throws
// BadInput that names the option.
ExperimentOptions experiment_of(const BenchOptions& options,
                                const std::vector<std::string>& command);

}  // namespace mpb
