// The sentences around the tables of a run: its title, and the result of --until-ci.
#pragma once

#include <string>

#include "experiment/plan.hh"

namespace mpb {

// "two-lossy-links (links by tun, RTT 10ms), redis 7.0.15, 50 connections, closed loop, 5s a run"
std::string title_of(const ExperimentOptions& options, const Result& result);

// How close the result is to --until-ci, as a line; "" without that option.
std::string until_text(const ExperimentOptions& options, const Result& result);

}  // namespace mpb
