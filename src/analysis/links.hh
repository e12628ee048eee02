// The links of a scenario in words.
#pragma once

#include <optional>
#include <string>

#include "result/parameters.hh"
#include "sys/clock.hh"

namespace mpb {

// The delays of both directions together, without queues; nothing if a delay cannot be read.
std::optional<Nanos> round_trip_of(const LinkRecord& link);

// "both ways rate 100mbit, delay 5ms, loss 1%, no queue limit; round trip 10ms". A quantity that is
// zero is left out, except for rate and queue: a reader needs to know that they have no limit.
std::string link_description(const LinkRecord& link);

}  // namespace mpb
