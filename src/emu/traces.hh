// The traces of all links: the files that the links name, and their content.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "emu/trace.hh"

namespace mpb {

// The files, each once, in the order in which the links name them: of each link up, then down. The
// emulator gets their descriptors in this order.
std::vector<std::string> trace_files(const std::vector<LinkSpec>& links);

// Gives every direction that names a file the content that `read` returns, which is called once for
// each file.
void attach_traces(
    std::vector<LinkSpec>& links,
    const std::function<std::shared_ptr<const Trace>(const std::string& file)>& read);

// The first link with a trace; nullptr if there is none.
const LinkSpec* link_with_trace(const std::vector<LinkSpec>& links);

}  // namespace mpb
