// `mptcp-bench load`: the generator alone, against an address. Parses, calls, prints; no logic of its own.
#pragma once

#include <CLI/CLI.hpp>

namespace mpb {

void add_load(CLI::App& app);

}  // namespace mpb
