#include "result/field_reader.hh"

#include <cmath>
#include <stdexcept>

#include "sys/error.hh"

namespace mpb {

namespace {

Histogram histogram_from(const JsonField& latency) {
  const auto count = latency["count"].as<std::uint64_t>();
  if (count == 0) return {};
  const JsonField field = latency["histogram"];
  if (field["sub_bucket_bits"].as<int>() != Histogram::kSubBucketBits)
    field["sub_bucket_bits"].refuse("belongs to another layout");
  const auto deltas = field["index_delta"].numbers<std::uint32_t>();
  const auto counts = field["count"].numbers<std::uint64_t>();
  if (deltas.size() != counts.size()) field["count"].refuse("is not as long as index_delta");
  std::vector<Histogram::Bucket> buckets;
  buckets.reserve(deltas.size());
  std::uint32_t index = 0;
  for (std::size_t i = 0; i < deltas.size(); ++i) {
    index += deltas[i];
    buckets.push_back({index, counts[i]});
  }
  try {
    Histogram histogram = Histogram::from_buckets(buckets, Nanos{field["min"].as<std::int64_t>()},
                                                  Nanos{field["max"].as<std::int64_t>()},
                                                  field["sum"].as<std::uint64_t>());
    if (histogram.count() != count)
      latency["count"].refuse("is not the number of values in the histogram");
    return histogram;
  } catch (const std::invalid_argument& error) {
    field.refuse(error.what());
  }
}

}  // namespace

void FieldReader::read(const JsonField& field, const std::string&, Histogram& value) {
  value = histogram_from(field);
}

void FieldReader::read(const JsonField& field, const std::string& name, Nanos& value) {
  if (!name.ends_with("_s")) {
    value = Nanos{field.as<std::int64_t>()};
    return;
  }
  const double nanos = field.as<double>() * 1e9;
  if (!(std::abs(nanos) <= static_cast<double>(kMostExact))) field.refuse("is out of range");
  value = Nanos{std::llround(nanos)};
}

void FieldReader::read(const JsonField& field, const std::string&, Losses& value) {
  for (const auto& [name, count] : field.members()) {
    std::size_t loss = 0;
    while (loss < kLosses && to_text(static_cast<Loss>(loss)) != name) ++loss;
    if (loss == kLosses) count.refuse("is not a kind of error");
    value[loss] = count.as<std::uint64_t>();
  }
}

void FieldReader::read(const JsonField& field, const std::string&, SloRule& value) {
  try {
    value = parse_slo(field.as<std::string>());
  } catch (const BadInput& error) {
    field.refuse(error.what());
  }
}

void FieldReader::read(const JsonField& field, const std::string&, Settings& value) {
  for (const auto& [name, text] : field.members()) value.emplace_back(name, text.as<std::string>());
}

void FieldReader::read(const JsonField& field, const std::string&, Column& value) {
  for (const JsonField& item : field.items())
    value.push_back(item.is_null() ? std::nullopt : std::optional(item.as<std::int64_t>()));
}

}  // namespace mpb
