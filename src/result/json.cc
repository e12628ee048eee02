#include "result/json.hh"

#include <cmath>
#include <nlohmann/json.hpp>

#include "result/fields.hh"

namespace mpb {

namespace {

using Json = nlohmann::ordered_json;

Json histogram_json(const Histogram& histogram) {
  Json deltas = Json::array();
  Json counts = Json::array();
  std::uint32_t previous = 0;
  for (const Histogram::Bucket& bucket : histogram.buckets()) {
    deltas.push_back(bucket.index - previous);
    counts.push_back(bucket.count);
    previous = bucket.index;
  }
  return {{"sub_bucket_bits", Histogram::kSubBucketBits},
          {"min", histogram.min().count()},
          {"max", histogram.max().count()},
          {"sum", histogram.sum()},
          {"index_delta", deltas},
          {"count", counts}};
}

// The visitor that writes fields (result/fields.hh).
class Writer {
 public:
  explicit Writer(Json& object) : object_(&object) {}

  template <class T>
  void operator()(const char* name, const T& value) {
    (*object_)[name] = json(name, value);
  }
  template <class T>
  void operator()(const char* name, const std::optional<T>& value) {
    if (value) (*this)(name, *value);
  }
  template <class T>
  void when(bool present, const char* name, const T& value) {
    if (present) (*this)(name, value);
  }
  template <class T>
  void derived(const char* name, const T& value) {
    (*this)(name, value);
  }
  template <class T>
  void added(const char* name, const T& value) {
    (*this)(name, value);
  }
  template <class Fields>
  void group(const char* name, Fields fields) {
    Json* const outer = object_;
    object_ = &(*outer)[name];
    if (object_->is_null()) *object_ = Json::object();
    fields();
    object_ = outer;
  }
  template <class Fields>
  void group_when(bool present, const char* name, Fields fields) {
    if (present) group(name, fields);
  }

 private:
  static Json json(const std::string&, const Histogram& histogram) {
    Json json{{"count", histogram.count()}};
    if (histogram.count() == 0) return json;
    json["mean"] = std::llround(histogram.mean());
    constexpr std::pair<const char*, double> quantiles[] = {
        {"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p99_9", 0.999}};
    for (const auto& [name, q] : quantiles) {
      if (has_enough_samples(histogram, q)) json[name] = histogram.quantile(q).count();
    }
    json["max"] = histogram.max().count();
    json["histogram"] = histogram_json(histogram);
    return json;
  }
  static Json json(const std::string& name, Nanos time) {
    return name.ends_with("_s") ? Json(seconds(time)) : Json(time.count());
  }
  static Json json(const std::string&, const Losses& losses) {
    Json json = Json::object();
    for (std::size_t i = 0; i < losses.size(); ++i) {
      if (losses[i] != 0) json[std::string(to_text(static_cast<Loss>(i)))] = losses[i];
    }
    return json;
  }
  static Json json(const std::string&, const SloRule& rule) { return to_text(rule); }
  static Json json(const std::string&, const Settings& settings) {
    Json json = Json::object();
    for (const auto& [name, value] : settings) json[name] = value;
    return json;
  }
  static Json json(const std::string&, const Column& column) {
    Json json = Json::array();
    for (const auto& value : column) json.push_back(value ? Json(*value) : Json());
    return json;
  }
  template <class T>
  static Json json(const std::string& name, const std::vector<T>& list) {
    Json json = Json::array();
    for (const T& value : list) json.push_back(Writer::json(name, value));
    return json;
  }
  template <class T>
  static Json json(const std::string& name, const std::map<std::string, T>& map) {
    Json json = Json::object();
    for (const auto& [key, value] : map) json[key] = Writer::json(name, value);
    return json;
  }
  template <class T>
  static Json json(const std::string&, const T& value) {
    if constexpr (std::is_constructible_v<Json, T>) {
      return Json(value);
    } else {
      Json object = Json::object();
      Writer writer(object);
      fields(writer, value);
      return object;
    }
  }

  Json* object_;
};

template <class T>
Json written(const T& value) {
  Json object = Json::object();
  Writer writer(object);
  fields(writer, value);
  return object;
}

}  // namespace

Json json_of(const Run& run) { return written(run); }
Json json_of(const CaptureRecord& capture) { return written(capture); }
Json json_of(const CapacityProbe& probe) { return written(probe); }
Json json_of(const Pilot& pilot) { return written(pilot); }
Json json_of(const MachineRecord& machine) { return written(machine); }
Json json_of(const RankRecord& rank) { return written(rank); }
Json json_of(const Environment& environment) { return written(environment); }
Json json_of(const ScenarioRecord& scenario) { return written(scenario); }
Json json_of(const WorkloadRecord& workload) { return written(workload); }
Json json_of(const Parameters& parameters) { return written(parameters); }

Json json_of_head(const Result& result) {
  Json json{{"schema", kSchema}};
  Writer writer(json);
  fields(writer, result);
  return json;
}

std::string to_json(const Outcome& outcome) {
  return written(outcome).dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string to_json(const LoadReport& report) {
  return written(report).dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace mpb
