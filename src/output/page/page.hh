// `mptcp-bench report`: results as one HTML page that needs no other file and no network.
//
// Tables are HTML, so that they can be read without JavaScript. Vega-Lite draws the charts in the
// page, from the specifications of plots/ and the data that chart_data() makes. All content of a
// result is text, never markup or code: it is escaped, and the page's Content-Security-Policy
// allows only scripts with the page's nonce, and no fetch at all.
#pragma once

#include <string>
#include <vector>

#include "output/page/parts.hh"

namespace mpb {

// Reads the data folders. Without Vega there are no charts.
PageParts page_parts(const std::vector<NamedResult>& results);

// The author of the results must not know `nonce`.
std::string page(const std::vector<NamedResult>& results, const PageParts& parts,
                 const std::string& nonce);

// An unpredictable nonce for page().
std::string fresh_nonce();

}  // namespace mpb
