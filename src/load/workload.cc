#include "load/workload.hh"

#include <algorithm>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>

#include "result/parameters.hh"
#include "sys/error.hh"
#include "sys/file.hh"
#include "sys/json.hh"

namespace mpb {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kLongestList = 1000;  // each element is at least one run a protocol
constexpr std::uint64_t kMostKeys = 1'000'000'000'000;  // what 12 digits can name

std::string_view text_of(const Json& value, std::string_view example) {
  if (const auto* text = value.get_ptr<const std::string*>()) return *text;
  throw BadInput(value.dump() + " is no text; write " + std::string(example));
}

template <class Count>
Count count_of(const Json& value, std::uint64_t most) {
  if (!value.is_number_unsigned())
    throw BadInput(value.dump() + " is no count; write a whole number such as 50");
  const auto count = value.get<std::uint64_t>();
  if (count < 1 || count > most)
    throw BadInput(value.dump() + " is not between 1 and " + std::to_string(most));
  return static_cast<Count>(count);
}

Nanos duration_of(const Json& value) {
  return parse_duration(value.is_number() ? std::string_view(value.dump())
                                          : text_of(value, "\"10s\""));
}

// Reads every element, and takes what stands there twice once; what one of them throws is passed on
// with its index before it.
template <class Element, class Parse>
std::vector<Element> list_of(const Json& value, std::string_view example, Parse parse) {
  if (!value.is_array() || value.empty())
    throw BadInput(": " + value.dump() + " is no list; write " + std::string(example));
  if (value.size() > kLongestList) {
    throw BadInput(": has " + std::to_string(value.size()) + " elements; use at most " +
                   std::to_string(kLongestList));
  }
  std::vector<Element> list;
  for (std::size_t i = 0; i < value.size(); ++i) {
    try {
      Element element = parse(value[i].is_number() ? std::string_view(value[i].dump())
                                                   : text_of(value[i], example));
      if (std::find(list.begin(), list.end(), element) == list.end())
        list.push_back(std::move(element));
    } catch (const BadInput& error) {
      throw BadInput("/" + std::to_string(i) + ": " + error.what());
    }
  }
  return list;
}

WorkloadKind kind_of(std::string_view word) {
  if (word == "requests") return WorkloadKind::kRequests;
  if (word == "replica-sync") return WorkloadKind::kReplicaSync;
  throw BadInput("unknown kind \"" + std::string(word) +
                 "\"; write \"requests\" or \"replica-sync\"");
}

using Reader = std::function<void(Workload&, const Json&)>;

const std::map<std::string, Reader>& list_fields() {
  static const std::map<std::string, Reader> fields{
      {"ops",
       [](Workload& w, const Json& v) { w.ops = list_of<Op>(v, R"(["get", "set"])", parse_op); }},
      {"sizes",
       [](Workload& w, const Json& v) {
         w.sizes = list_of<ValueSize>(v, R"(["1k", "4k"])", parse_value_size);
       }},
  };
  return fields;
}

const std::map<std::string, Reader>& plain_fields() {
  static const std::map<std::string, Reader> fields{
      {"description", [](Workload& w, const Json& v) { w.description = text_of(v, "a sentence"); }},
      {"keys", [](Workload& w, const Json& v) { w.keys = parse_keys(text_of(v, "\"uniform\"")); }},
      {"keyspace",
       [](Workload& w, const Json& v) { w.keyspace = count_of<std::uint64_t>(v, kMostKeys); }},
      {"connections",
       [](Workload& w, const Json& v) { w.connections = count_of<int>(v, 1'000'000); }},
      {"threads", [](Workload& w, const Json& v) { w.threads = count_of<int>(v, 1024); }},
      {"pipeline", [](Workload& w, const Json& v) { w.pipeline = count_of<int>(v, 10'000); }},
      {"rate",
       [](Workload& w, const Json& v) {
         w.rate = parse_request_rate(v.is_number() ? std::string_view(v.dump())
                                                   : text_of(v, "\"20000/s\""));
       }},
      {"arrivals",
       [](Workload& w, const Json& v) { w.arrivals = parse_arrivals(text_of(v, "\"constant\"")); }},
      {"duration", [](Workload& w, const Json& v) { w.duration = duration_of(v); }},
      {"warmup", [](Workload& w, const Json& v) { w.warmup = duration_of(v); }},
      {"timeout", [](Workload& w, const Json& v) { w.timeout = duration_of(v); }},
      {"kind", [](Workload& w, const Json& v) { w.kind = kind_of(text_of(v, "\"requests\"")); }},
      {"data", [](Workload& w, const Json& v) { w.data = parse_size(text_of(v, "\"64m\"")); }},
  };
  return fields;
}

std::string unknown_field(const std::string& name) {
  std::vector<std::string> known;
  for (const auto& [field, reader] : plain_fields()) known.push_back(field);
  for (const auto& [field, reader] : list_fields()) known.push_back(field);
  const std::string suggestion = nearest(name, known.data(), known.data() + known.size());
  if (!suggestion.empty()) return "unknown field; did you mean \"" + suggestion + "\"?";
  std::string all;
  for (const std::string& field : known) all += (all.empty() ? "" : ", ") + field;
  return "unknown field; the fields are " + all;
}

void require(bool holds, const std::string& what) {
  if (!holds) throw BadInput(what);
}

}  // namespace

void check_parameters(const LoadParameters& p) {
  require(p.keyspace >= 1 && p.keyspace <= kMostKeys,
          "a keyspace of " + std::to_string(p.keyspace) + " keys; it may have 1 to " +
              std::to_string(kMostKeys));
  require(p.connections >= 1 && p.connections <= 1'000'000,
          std::to_string(p.connections) + " connections; use 1 to 1000000 (-c)");
  require(p.threads >= 1 && p.threads <= 1024,
          std::to_string(p.threads) + " threads; use 1 to 1024 (-t)");
  require(p.pipeline >= 1 && p.pipeline <= 10'000,
          "a pipeline of " + std::to_string(p.pipeline) + "; use 1 to 10000 (-P)");
  require(p.threads <= p.connections, std::to_string(p.threads) + " threads for " +
                                          std::to_string(p.connections) +
                                          " connections leave some without any; use at most " +
                                          std::to_string(p.connections) + " threads (-t)");
  require(!p.rate || is_rate(*p.rate), std::string("the rate ") + kNoRate);
  require(p.duration > 0s && p.duration <= 24h,
          "a duration of " + to_text(p.duration) +
              "; use more than 0s and at most 24h, such as \"10s\"");
  require(p.warmup >= 0s && p.warmup <= 24h,
          "a warm-up of " + to_text(p.warmup) + "; use 0s to 24h");
  require(p.timeout >= 1ms && p.timeout <= 60s,
          "a timeout of " + to_text(p.timeout) + "; use 1ms to 60s");
}

Workload parse_workload(std::string_view text, const std::string& file) {
  const auto bad = [&](const std::string& where, const std::string& what) {
    return BadInput(file + ": " + where + what);
  };
  const Json json = parse_json(text, file);
  if (!json.is_object()) throw bad("", "not a JSON object; write {\"sizes\": [\"4k\"]}");
  Workload workload;
  for (const auto& [name, value] : json.items()) {
    const auto plain = plain_fields().find(name);
    const auto list = list_fields().find(name);
    try {
      if (plain != plain_fields().end()) {
        plain->second(workload, value);
      } else if (list != list_fields().end()) {
        list->second(workload, value);
      } else {
        throw BadInput(unknown_field(name));
      }
    } catch (const BadInput& error) {
      throw bad("/" + name, (list == list_fields().end() ? ": " : "") + std::string(error.what()));
    }
  }
  try {
    check_parameters(workload);
  } catch (const BadInput& error) {
    throw bad("", error.what());
  }
  return workload;
}

Workload read_workload(const std::string& file) {
  return parse_workload(read_file(file, kLargestByHand), file);
}

}  // namespace mpb
