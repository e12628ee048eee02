#include "result/measured.hh"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "result/json.hh"
#include "sys/error.hh"

namespace mpb {

namespace {

using Json = nlohmann::ordered_json;

// The text of Number::toString() in ECMAScript: an exponent only if the number is very small or
// large, and a whole number without a fraction.
std::string number_text(double value) {
  if (!std::isfinite(value)) return "null";
  if (value == 0) return "0";  // -0 too
  const double size = std::fabs(value);
  const bool plain = size >= 1e-6 && size < 1e21;
  char text[64];
  const auto end = std::to_chars(text, text + sizeof text, value,
                                 plain ? std::chars_format::fixed : std::chars_format::scientific);
  std::string all(text, end.ptr);
  // "1e-07" is "1e-7" in ECMAScript.
  if (const std::size_t exponent = all.find('e'); exponent != std::string::npos) {
    if (all[exponent + 2] == '0') all.erase(exponent + 2, 1);
  }
  return all;
}

std::string plain_text(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

void write_canonical(const Json& json, std::string& out) {
  if (json.is_object()) {
    std::map<std::string, const Json*> members;
    for (const auto& [name, value] : json.items()) members[name] = &value;
    const char* between = "{";
    for (const auto& [name, value] : members) {
      out += between + plain_text(name) + ":";
      write_canonical(*value, out);
      between = ",";
    }
    out += members.empty() ? "{}" : "}";
  } else if (json.is_array()) {
    const char* between = "[";
    for (const Json& item : json) {
      out += between;
      write_canonical(item, out);
      between = ",";
    }
    out += json.empty() ? "[]" : "]";
  } else {
    out += json.is_number_float() ? number_text(json.get<double>()) : plain_text(json);
  }
}

}  // namespace

Json measured_part(Json element) {
  for (const char* name : {"cpu", "attendance", "commands"}) element.erase(name);
  if (const auto hosts = element.find("hosts"); hosts != element.end()) {
    for (Json& host : *hosts) {
      for (const char* name : {"cpu", "attendance"}) host.erase(name);
    }
  }
  return element;
}

std::string canonical_text(const Json& json) {
  std::string text;
  write_canonical(json, text);
  return text;
}

MeasuredDigest::MeasuredDigest(const Result& result) {
  for (const CapacityProbe& probe : result.probes) add(json_of(probe));
  for (const Pilot& pilot : result.pilots) add(json_of(pilot));
}

void MeasuredDigest::add(const Json& element) {
  digest_.add(canonical_text(measured_part(element)) + "\n");
}

std::string measured_sha256(const Result& result) {
  MeasuredDigest digest(result);
  for (const Run& run : result.runs) digest.add(json_of(run));
  return digest.hex();
}

void check_measured_sha256(const Result& result, const std::string& file) {
  if (result.measured_sha256.empty() || result.measured_sha256 == measured_sha256(result)) return;
  throw BadInput(
      fmt::format("{}: /measured_sha256: is not the digest of the runs: they were edited, or "
                  "another version wrote them; run the experiment again with mptcp-bench {}",
                  file, MPB_VERSION));
}

}  // namespace mpb
