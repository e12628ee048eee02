// The options of the main command and of `load` for the parameters of a load.
#pragma once

#include <CLI/CLI.hpp>
#include <map>
#include <string>

#include "load/workload.hh"

namespace mpb {

// The text of each parameter on the command line, by its name in a workload file; "" if it is not
// given.
using LoadTexts = std::map<std::string, std::string>;

CLI::Option* add_load_option(CLI::App& app, const LoadField& field, const std::string& help,
                             LoadTexts& texts);

}  // namespace mpb
