#include "load/workload.hh"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>

#include "result/parameters.hh"
#include "result/variant.hh"
#include "sys/error.hh"
#include "sys/file.hh"
#include "sys/json.hh"
#include "sys/numbers.hh"

namespace mpb {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kLongestList = 1000;  // each element is at least one run per protocol
constexpr std::uint64_t kMostKeys = 1'000'000'000'000;  // the keys that 12 digits can name
constexpr int kMostConnections = 1'000'000;
constexpr int kMostThreads = 1024;
constexpr int kDeepestPipeline = 10'000;
constexpr int kMostPerConnection = 1'000'000'000;

std::string_view text_of(const Json& value, std::string_view example) {
  if (const auto* text = value.get_ptr<const std::string*>()) return *text;
  throw BadInput(fmt::format("{} is not text; write {}", value.dump(), example));
}

void check_count(const Json& value, std::uint64_t most) {
  if (!value.is_number_unsigned())
    throw BadInput(fmt::format("{} is not a count; write a whole number such as 50", value.dump()));
  const auto count = value.get<std::uint64_t>();
  if (count < 1 || count > most)
    throw BadInput(fmt::format("{} is not between 1 and {}", count, most));
}

void read_field(const LoadField& field, LoadParameters& parameters, const Json& value) {
  if (field.kind == LoadField::Kind::kCount) check_count(value, field.most);
  const bool number = field.kind != LoadField::Kind::kWord && value.is_number();
  field.read(parameters, number ? value.dump() : std::string(text_of(value, field.example)));
}

// Reads every element, and keeps one of equal elements. Prefixes the error of an element with its
// index.
template <class Element, class Parse>
std::vector<Element> list_of(const Json& value, std::string_view example, Parse parse) {
  if (!value.is_array() || value.empty())
    throw BadInput(fmt::format(": {} is not a list; write {}", value.dump(), example));
  if (value.size() > kLongestList) {
    throw BadInput(fmt::format(": has {} elements; use at most {}", value.size(), kLongestList));
  }
  std::vector<Element> list;
  for (std::size_t i = 0; i < value.size(); ++i) {
    try {
      Element element = parse(value[i].is_number() ? std::string_view(value[i].dump())
                                                   : text_of(value[i], example));
      if (std::find(list.begin(), list.end(), element) == list.end())
        list.push_back(std::move(element));
    } catch (const BadInput& error) {
      throw BadInput(fmt::format("/{}: {}", i, error.what()));
    }
  }
  return list;
}

WorkloadKind kind_of(std::string_view word) {
  if (word == "requests") return WorkloadKind::kRequests;
  if (word == "replica-sync") return WorkloadKind::kReplicaSync;
  throw BadInput(fmt::format("unknown kind \"{}\"; write \"requests\" or \"replica-sync\"", word));
}

template <class Count>
Count parse_count(const std::string& text) {
  Count count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc{} || end != text.data() + text.size())
    throw BadInput(fmt::format("\"{}\" is not a count; write a whole number such as 50", text));
  return count;
}

Settings settings_of(const Json& value) {
  if (!value.is_object() || value.empty()) {
    throw BadInput(fmt::format(": {} is not a set of settings; write {{\"endpoints\": \"signal\"}}",
                               value.dump()));
  }
  Settings settings;
  for (const auto& [name, text] : value.items()) {
    if (!text.is_string())
      throw BadInput(fmt::format("/{}: {} is not text; write \"8\"", name, text.dump()));
    settings.emplace_back(name, text.get<std::string>());
  }
  return settings;
}

std::map<std::string, Settings> variants_of(const Json& value) {
  if (!value.is_object() || value.empty() || value.size() > kLongestList) {
    throw BadInput(fmt::format(
        ": is not an object of 1 to {} named variants; write {{\"announced\": {{\"endpoints\": "
        "\"signal\"}}}}",
        kLongestList));
  }
  std::map<std::string, Settings> variants;
  for (const auto& [name, settings] : value.items()) {
    try {
      if (!is_plain_setting(name) || name == "plain")
        throw BadInput(": cannot be a name; use letters, digits, -, _ and .");
      variants[name] = settings_of(settings);
    } catch (const BadInput& error) {
      throw BadInput(fmt::format("/{}{}", name, error.what()));
    }
  }
  return variants;
}

using Kind = LoadField::Kind;
using P = LoadParameters;
using R = WorkloadRecord;

constexpr LoadField kLoadFields[] = {
    {.name = "connections",
     .letter = "-c",
     .option = "--connections",
     .value = "N",
     .help = "Connections to the store (default: 50)",
     .load_help = "Connections to the store",
     .kind = Kind::kCount,
     .most = kMostConnections,
     .read = [](P& p, const std::string& text) { p.connections = parse_count<int>(text); },
     .text = [](const P& p) { return std::to_string(p.connections); },
     .record = [](R& r, const P& p) { r.connections = p.connections; }},
    {.name = "threads",
     .letter = "-t",
     .option = "--threads",
     .value = "N",
     .help = "Threads of the load generator (default: 1)",
     .load_help = "Threads of the load generator",
     .kind = Kind::kCount,
     .most = kMostThreads,
     .read = [](P& p, const std::string& text) { p.threads = parse_count<int>(text); },
     .text = [](const P& p) { return std::to_string(p.threads); },
     .record = [](R& r, const P& p) { r.threads = p.threads; }},
    {.name = "pipeline",
     .letter = "-P",
     .option = "--pipeline",
     .value = "N",
     .help = "Requests in flight on each connection (default: 1)",
     .load_help = "Requests in flight on each connection",
     .kind = Kind::kCount,
     .most = kDeepestPipeline,
     .read = [](P& p, const std::string& text) { p.pipeline = parse_count<int>(text); },
     .text = [](const P& p) { return std::to_string(p.pipeline); },
     .record = [](R& r, const P& p) { r.pipeline = p.pipeline; }},
    {.name = "requests_per_connection",
     .letter = "",
     .option = "--requests-per-connection",
     .value = "N",
     .load_help = "Requests after which a connection is replaced by a new one (default: never)",
     .kind = Kind::kCount,
     .most = kMostPerConnection,
     .read = [](P& p,
                const std::string& text) { p.requests_per_connection = parse_count<int>(text); },
     .text =
         [](const P& p) {
           return p.requests_per_connection > 0 ? std::to_string(p.requests_per_connection) : "";
         },
     .record =
         [](R& r, const P& p) {
           if (p.requests_per_connection > 0) r.requests_per_connection = p.requests_per_connection;
         }},
    {.name = "keyspace",
     .letter = "-r",
     .option = "--keyspace",
     .value = "N",
     .help = "Number of distinct keys (default: 1000)",
     .load_help = "Number of distinct keys",
     .kind = Kind::kCount,
     .most = kMostKeys,
     .read = [](P& p, const std::string& text) { p.keyspace = parse_count<std::uint64_t>(text); },
     .text = [](const P& p) { return std::to_string(p.keyspace); },
     .record = [](R& r, const P& p) { r.keyspace = p.keyspace; }},
    {.name = "keys",
     .letter = "",
     .option = "--keys",
     .value = "ORDER",
     .help = "Distribution of keys: uniform, zipf, zipf:EXPONENT or sequential (default: uniform)",
     .load_help = "Distribution of keys: uniform, zipf, zipf:EXPONENT or sequential",
     .kind = Kind::kWord,
     .example = "\"uniform\"",
     .read = [](P& p, const std::string& text) { p.keys = parse_keys(text); },
     .text = [](const P& p) { return to_text(p.keys); },
     .record = [](R& r, const P& p) { r.keys = to_text(p.keys); }},
    // Each command defines its own --rate: one takes a list, the other a number.
    {.name = "rate",
     .letter = "",
     .option = "--rate",
     .kind = Kind::kQuantity,
     .example = "\"20000/s\"",
     .open_loop = true,
     .read = [](P& p, const std::string& text) { p.rate = parse_request_rate(text); },
     .text = [](const P& p) { return p.rate ? shortest(*p.rate) : ""; },
     .record = [](R& r, const P& p) { r.rate_rps = p.rate; }},
    {.name = "arrivals",
     .letter = "",
     .option = "--arrivals",
     .value = "NAME",
     .help =
         "Arrivals of requests with --rate or --slo: poisson, as from many independent clients, or "
         "constant, which is evenly spaced (default: poisson)",
     .load_help = "Arrivals of requests with --rate: poisson, as from many independent clients, or "
                  "constant, which is evenly spaced",
     .kind = Kind::kWord,
     .example = "\"poisson\"",
     .open_loop = true,
     .read = [](P& p, const std::string& text) { p.arrivals = parse_arrivals(text); },
     .text = [](const P& p) { return std::string(to_text(p.arrivals)); },
     .record = [](R& r, const P& p) { r.arrivals = to_text(p.arrivals); }},
    {.name = "duration",
     .letter = "",
     .option = "--duration",
     .value = "TIME",
     .help = "Length of each measured window (default: 5s; with bbr 10s if there are at least 6 "
             "blocks or --slo; if links change, until 5s after the last event)",
     .load_help = "Length of the measured window",
     .kind = Kind::kQuantity,
     .example = "\"10s\"",
     .read = [](P& p, const std::string& text) { p.duration = parse_duration(text); },
     .text = [](const P& p) { return to_text(p.duration); },
     .record = [](R& r, const P& p) { r.duration = p.duration; }},
    {.name = "warmup",
     .letter = "",
     .option = "--warmup",
     .value = "TIME",
     .help = "Unmeasured time before each window, or auto: the time that pilot runs need to settle "
             "(default: 1s; auto with at least 6 blocks or --slo)",
     .load_help = "Unmeasured time before the window",
     .kind = Kind::kQuantity,
     .example = "\"10s\"",
     .read = [](P& p, const std::string& text) { p.warmup = parse_duration(text); },
     .text = [](const P& p) { return to_text(p.warmup); },
     .record = [](R& r, const P& p) { r.warmup = p.warmup; }},
    {.name = "timeout",
     .letter = "",
     .option = "--timeout",
     .value = "TIME",
     .load_help = "Longest wait for a reply or a connection",
     .kind = Kind::kQuantity,
     .example = "\"10s\"",
     .read = [](P& p, const std::string& text) { p.timeout = parse_duration(text); },
     .text = [](const P& p) { return to_text(p.timeout); },
     .record = [](R& r, const P& p) { r.timeout = p.timeout; }},
};

using Reader = std::function<void(Workload&, const Json&)>;

const std::map<std::string, Reader>& list_fields() {
  static const std::map<std::string, Reader> fields{
      {"ops",
       [](Workload& w, const Json& v) { w.ops = list_of<Op>(v, R"(["get", "set"])", parse_op); }},
      {"sizes",
       [](Workload& w, const Json& v) {
         w.sizes = list_of<ValueSize>(v, R"(["1k", "4k"])", parse_value_size);
       }},
      {"variants", [](Workload& w, const Json& v) { w.variants = variants_of(v); }},
  };
  return fields;
}

const std::map<std::string, Reader>& plain_fields() {
  static const std::map<std::string, Reader> fields{
      {"description", [](Workload& w, const Json& v) { w.description = text_of(v, "a sentence"); }},
      {"kind", [](Workload& w, const Json& v) { w.kind = kind_of(text_of(v, "\"requests\"")); }},
      {"data", [](Workload& w, const Json& v) { w.data = parse_size(text_of(v, "\"64m\"")); }},
  };
  return fields;
}

std::string unknown_field(const std::string& name) {
  std::vector<std::string> known;
  for (const LoadField& field : kLoadFields) known.emplace_back(field.name);
  for (const auto& [field, reader] : plain_fields()) known.push_back(field);
  std::sort(known.begin(), known.end());
  for (const auto& [field, reader] : list_fields()) known.push_back(field);
  const std::string suggestion = nearest(name, known.data(), known.data() + known.size());
  if (!suggestion.empty()) return fmt::format("unknown field; did you mean \"{}\"?", suggestion);
  return fmt::format("unknown field; the fields are {}", fmt::join(known, ", "));
}

void require(bool condition, const std::string& error) {
  if (!condition) throw BadInput(error);
}

}  // namespace

std::span<const LoadField> load_fields() { return kLoadFields; }

const LoadField* find_load_field(std::string_view name) {
  for (const LoadField& field : kLoadFields) {
    if (field.name == name) return &field;
  }
  return nullptr;
}

Part parse_part(const std::string& text) {
  const auto refuse = [&]() -> BadInput {
    return BadInput(fmt::format("\"{}\" is not one part of at most {}, such as 1/4 to 4/4", text,
                                kMostConnections));
  };
  int number = 0, of = 0;
  const char* const end = text.data() + text.size();
  const auto [slash, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || slash == end || *slash != '/') throw refuse();
  const auto [rest, wrong] = std::from_chars(slash + 1, end, of);
  if (wrong != std::errc() || rest != end || number < 1 || number > of || of > kMostConnections)
    throw refuse();
  return {.index = number - 1, .of = of};
}

std::string to_text(Part part) { return fmt::format("{}/{}", part.index + 1, part.of); }

void check_parameters(const LoadParameters& p) {
  require(p.keyspace >= 1 && p.keyspace <= kMostKeys,
          fmt::format("a keyspace of {} keys; use 1 to {} (-r)", p.keyspace, kMostKeys));
  require(p.connections >= 1 && p.connections <= kMostConnections,
          fmt::format("{} connections; use 1 to {} (-c)", p.connections, kMostConnections));
  require(p.threads >= 1 && p.threads <= kMostThreads,
          fmt::format("{} threads; use 1 to {} (-t)", p.threads, kMostThreads));
  require(p.pipeline >= 1 && p.pipeline <= kDeepestPipeline,
          fmt::format("a pipeline of {}; use 1 to {} (-P)", p.pipeline, kDeepestPipeline));
  require(p.threads <= p.connections,
          fmt::format("{0} threads for {1} connections: some threads would have none; use at most "
                      "{1} threads (-t)",
                      p.threads, p.connections));
  require(!p.rate || is_rate(*p.rate), fmt::format("the rate {}", kRateOutOfRange));
  require(p.duration > 0s && p.duration <= 24h,
          fmt::format("a duration of {}; use more than 0s and at most 24h, such as \"10s\"",
                      to_text(p.duration)));
  require(p.warmup >= 0s && p.warmup <= 24h,
          fmt::format("a warm-up of {}; use 0s to 24h", to_text(p.warmup)));
  require(p.timeout >= 1ms && p.timeout <= 60s,
          fmt::format("a timeout of {}; use 1ms to 60s", to_text(p.timeout)));
}

void check_hosts(const LoadParameters& p, int hosts) {
  const std::int64_t threads = std::int64_t{p.threads} * hosts;
  require(threads <= p.connections,
          fmt::format("{} connections for {} hosts with {} thread{} each: some threads would have "
                      "none; use at least {} connections (-c)",
                      p.connections, hosts, p.threads, p.threads == 1 ? "" : "s", threads));
}

Workload parse_workload(std::string_view text, const std::string& file) {
  const auto bad = [&](const std::string& where, const std::string& why) {
    return BadInput(fmt::format("{}: {}{}", file, where, why));
  };
  const Json json = parse_json(text, file);
  if (!json.is_object()) throw bad("", "is not a JSON object; write {\"sizes\": [\"4k\"]}");
  Workload workload;
  for (const auto& [name, value] : json.items()) {
    const LoadField* const parameter = find_load_field(name);
    const auto plain = plain_fields().find(name);
    const auto list = list_fields().find(name);
    try {
      if (parameter != nullptr) {
        read_field(*parameter, workload, value);
      } else if (plain != plain_fields().end()) {
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
