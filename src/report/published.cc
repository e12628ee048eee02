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

namespace {

using Json = nlohmann::ordered_json;

std::int64_t size_at(const Json& document, const std::string& place) {
  try {
    return whole_number<std::int64_t>(document.at(Json::json_pointer(place)));
  } catch (const BadInput& error) {
    throw BadInput(place + ": " + error.what());
  }
}

// Ours is divided by it.
double figure_at(const Json& document, const std::string& place) {
  const double figure = document.at(Json::json_pointer(place));
  if (figure > 0) return figure;
  throw BadInput(place + ": is not above 0");
}

}  // namespace

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
  return published_from_json(read_file(file, kLargestByHand), file.string());
}

Published published_from_json(std::string_view text, const std::string& file) {
  const Json json = parse_json(text, file);
  try {
    Published published;
    published.source = json.at("source");
    for (std::size_t i = 0; i < json.at("rows").size(); ++i) {
      const std::string row = "/rows/" + std::to_string(i);
      const std::string op = json.at(Json::json_pointer(row + "/op"));
      const std::int64_t value_bytes = size_at(json, row + "/value_bytes");
      for (const std::string proto : {"tcp", "mptcp"}) {
        const std::string its = row + "/" + proto;
        published.figures.push_back({op, value_bytes, proto, figure_at(json, its + "/rps"),
                                     figure_at(json, its + "/latency_ms")});
      }
    }
    return published;
  } catch (const Json::exception& error) {
    throw BadInput(file + ": " + error.what());
  } catch (const BadInput& error) {
    throw BadInput(file + ": " + error.what());
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
            contestant(*group.first),
            grouped(rps.value),
            interval_text(rps.interval, 0),
            grouped(theirs->rps),
            percent(rps.value / theirs->rps),
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
