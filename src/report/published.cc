#include "report/published.hh"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "report/figures.hh"
#include "report/text.hh"
#include "report/verdicts.hh"
#include "sys/error.hh"
#include "sys/file.hh"
#include "sys/json.hh"

namespace mpb {

const PublishedFigure* Published::of(const Run& run) const {
  const auto found =
      std::find_if(figures.begin(), figures.end(), [&](const PublishedFigure& figure) {
        return !run.rate_rps && figure.op == run.op && figure.value_bytes == run.value_bytes &&
               figure.proto == run.proto;
      });
  return found == figures.end() ? nullptr : &*found;
}

std::optional<Published> published_for(const std::string& scenario) {
  if (scenario.empty() || scenario.find('/') != std::string::npos) return std::nullopt;
  std::filesystem::path file;
  try {
    file = std::filesystem::path(data_folder("results")) / "published" / (scenario + ".json");
  } catch (const BadInput&) {
    return std::nullopt;  // a program on its own has no figures of others beside it
  }
  if (!std::filesystem::exists(file)) return std::nullopt;
  try {
    const nlohmann::ordered_json json = parse_json(read_file(file, kLargestByHand), file.string());
    Published published;
    published.source = json.at("source");
    for (const nlohmann::ordered_json& row : json.at("rows")) {
      for (const char* proto : {"tcp", "mptcp"}) {
        published.figures.push_back({row.at("op"), row.at("value_bytes"), proto,
                                     row.at(proto).at("rps"), row.at(proto).at("latency_ms")});
      }
    }
    return published;
  } catch (const nlohmann::ordered_json::exception& error) {
    throw BadInput(file.string() + ": " + error.what());
  }
}

std::string published_table(const Analysis& analysis, const Published& published) {
  const std::vector<RunGroup>& groups = analysis.groups;
  std::vector<Row> rows{{"op", "value", "proto", "req/s", "95 %", "published", "of it",
                         "first byte ms", "published", "vs tcp", "95 %", "published"}};
  const RunGroup* last = nullptr;
  for (const RunGroup& group : groups) {
    const PublishedFigure* theirs = published.of(*group.first);
    if (theirs == nullptr || group.valid.empty()) continue;
    const Figure rps = figure_of(*find_metric("throughput"), group);
    const double first_byte =
        median_of(group, [](const Run& run) { return run.outcome.first_byte.mean(); });
    const bool leads = last == nullptr || !same_cell(*last, group);
    last = &group;
    Row row{leads ? upper(group.first->op) : "",
            leads ? group.first->values : "",
            group.first->proto,
            grouped(rps.value),
            interval_text(rps.interval, 0),
            grouped(theirs->rps),
            fixed(100 * rps.value / theirs->rps, 0) + "%",
            milliseconds(first_byte),
            milliseconds(theirs->latency_ms * 1e6)};
    const RunGroup* base = base_group(groups, group);
    const PublishedFigure* base_theirs = base == nullptr ? nullptr : published.of(*base->first);
    const Figure ratio =
        base_theirs == nullptr ? Figure{} : ratio_of(*find_metric("throughput"), group, *base);
    if (ratio.values.empty()) {
      row.resize(rows.front().size());
    } else {
      row.push_back(fixed(ratio.value, 2) + "x");
      row.push_back(interval_text(ratio.interval, 2));
      row.push_back(fixed(theirs->rps / base_theirs->rps, 2) + "x");
    }
    rows.push_back(std::move(row));
  }
  return rows.size() == 1 ? ""
                          : "\n" + line_of("beside the published figures: " + published.source) +
                                "\n" + render(rows);
}

}  // namespace mpb
