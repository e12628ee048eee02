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
// none is left out, except for rate and queue, whose absence a reader needs to know.
std::string link_description(const LinkRecord& link);

}  // namespace mpb
