// The files that the links of a scenario name with "trace". Of several clients, the links of the
// first one come first, and messages name these, because they are in the file.
#pragma once

#include <string>
#include <vector>

#include "emu/model.hh"

namespace mpb {

// Reads them from the folder of the scenario, whose file is `path`. Throws BadInput with the file
// of the scenario, the link and the line of the trace.
void load_traces(std::vector<LinkSpec>& links, const std::string& path);

// Refuses a link that has a field which its trace determines: the rate, and others that the content
// has, if it has been read. `path` begins the message.
void check_traces(const std::vector<LinkSpec>& links, const std::string& path);

}  // namespace mpb
