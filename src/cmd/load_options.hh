// The options that the main command and `load` make of the table of a load's parameters.
#pragma once

#include <CLI/CLI.hpp>
#include <map>
#include <string>

#include "load/workload.hh"

namespace mpb {

// What was typed for each parameter, by its name in a workload file; "" for nothing.
using LoadTexts = std::map<std::string, std::string>;

// `help` is one of the row's two.
CLI::Option* add_load_option(CLI::App& app, const LoadField& field, const char* help,
                             LoadTexts& texts);

}  // namespace mpb
