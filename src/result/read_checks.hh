// Checks of a result that is read. A file may come from anybody, but its names become those of
// figures and files, its values are added up, and tables and charts expect its runs to match. So
// values that no experiment writes are refused: each function throws BadInput with the position.
#pragma once

#include <string>

#include "result/json_field.hh"
#include "result/result.hh"

namespace mpb {

// Checks that it is a protocol, or the name of its second series with --aa.
void check_proto(const JsonField& field, const std::string& proto);

// Checks bounds that no experiment approaches, and within which no sum overflows.
void refuse_absurd(const JsonField& field, const Run& run);

// Tables and charts expect the links of the scenario, and the segments of the first run, in every
// run. A file in which a run has others was not written by an experiment, and is refused here. A
// run that ended early may have none.
void refuse_odd_runs(const JsonField& document, const Result& result);

// Checks the fields outside the runs.
void check_head(const JsonField& document, const Result& result);

// An MTU in bytes. The headers of a packet take less than the smallest.
double mtu_from(const JsonField& field, const std::string& text);

}  // namespace mpb
