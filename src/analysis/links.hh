// The links of a scenario in words.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "result/result.hh"
#include "sys/clock.hh"

namespace mpb {

// The links of the scenario, and their capacities, under these conditions. None if the links of the
// result are unknown.
std::vector<LinkRecord> links_under(const Result& result, const Settings& conditions);
std::vector<LinkCapacity> capacities_under(const Result& result, const Settings& conditions);

// The number of flows of a run on link `index` of each client: TCP connections, or subflows. For a
// link that its protocol does not use, the number that it would have there.
double flows_on_link(const Result& result, const Run& run, std::size_t index);

// The delays of both directions together, without queues; nothing if a delay cannot be read, or if
// it follows a trace.
std::optional<Nanos> round_trip_of(const LinkRecord& link);

// "10ms", or "wifi 8ms, lte 60ms" if they differ; "" if no link has a delay, or one cannot be read.
std::string round_trips(const std::vector<LinkRecord>& links);

// "both ways rate 100mbit, delay 5ms, loss 1%, no queue limit; round trip 10ms". A quantity that is
// zero is left out, except for rate and queue: a reader needs to know that they have no limit. A
// trace has its rates in the window: "trace lte.trace (17.5 Mbit/s, 0.0 to 41.2 in a tenth of a
// second)".
std::string link_description(const LinkRecord& link);

}  // namespace mpb
