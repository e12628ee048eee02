// Invented scenarios.
#pragma once

#include <string>

#include "scenario/scenario.hh"

namespace mpb {

inline Scenario scenario(const std::string& json) { return scenario_from_json(json, "mine.json"); }

inline Scenario eventful(const std::string& events) {
  return scenario(
      R"({"links": [{"name": "wifi", "rate": "50mbit", "loss": "1%", "burst": "4p"}, {"name": "lte"}], "events": [)" +
      events + "]}");
}

inline const char* const kUnequal =
    R"({"links": [{"name": "dsl", "rate": "50mbit", "up": {"rate": "10mbit"}}, {"name": "lte", "delay": "20ms"}],
                                 "sysctls": {"server": {"net.ipv4.tcp_rmem": "4096 131072 6291456"}}})";

}  // namespace mpb
