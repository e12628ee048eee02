// `mptcp-bench report`: results as one HTML page that needs nothing else, no network least of all.
//
// Tables are written here as HTML, so that they are read without JavaScript; charts are drawn in
// the page by Vega-Lite from the specifications of plots/, over data that page_data makes of the
// results. Whatever stands in a result is text here, never markup or code: it is escaped, and the
// page's Content-Security-Policy lets nothing run but the scripts that carry its nonce, and nothing
// be fetched.
#pragma once

#include <string>
#include <vector>

#include "output/page/parts.hh"

namespace mpb {

// From the data folders. Charts are left out when Vega is not there.
PageParts page_parts(const std::vector<NamedResult>& results);

// `nonce` must not be known to whoever wrote the results.
std::string page(const std::vector<NamedResult>& results, const PageParts& parts,
                 const std::string& nonce);

// Unpredictable, for page().
std::string fresh_nonce();

}  // namespace mpb
