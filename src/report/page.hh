// `mptcp-bench report`: results as one HTML page that needs nothing else, no network least of all.
//
// Tables are written here as HTML, so that they are read without JavaScript; charts are drawn in the page by Vega-Lite from the
// specifications of plots/, over data that page_data makes of the results. Whatever stands in a result is text here, never markup or code:
// it is escaped, and the page's Content-Security-Policy lets nothing run but the scripts that carry its nonce, and nothing be fetched.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "report/published.hh"
#include "report/result.hh"

namespace mpb {

struct NamedResult {
  std::string name;  // its file's, without folder and ending; unique in a page
  Result result;
};

// What a page is made of besides results.
struct PageParts {
  std::string style;
  std::vector<std::string> scripts;            // empty: no charts
  std::map<std::string, std::string> charts;   // Vega-Lite, by name
  std::map<std::string, Published> published;  // by the scenario's name
  std::string without_charts;                  // why there are none, and the remedy
};

// From the data folders. Charts are left out when Vega is not there.
PageParts page_parts(const std::vector<NamedResult>& results);

// `nonce` must not be known to whoever wrote the results.
std::string page(const std::vector<NamedResult>& results, const PageParts& parts, const std::string& nonce);

// Unpredictable, for page().
std::string fresh_nonce();

}  // namespace mpb
