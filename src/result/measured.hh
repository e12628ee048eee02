// The measured part of a result: its capacity probes, pilots and runs, whose segments are the
// events as they happened, without what describes the host or the command instead.
//
// Two experiments in virtual time that behaved the same have equal measured parts, to the last
// nanosecond. So its SHA-256 stands in the result, as `measured_sha256`, and results/README.md
// defines it, so that other programs can compute it again.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "result/result.hh"
#include "sys/sha256.hh"

namespace mpb {

// Of a run, a probe or a pilot as json_of() writes it: without `cpu` and `attendance`, which
// virtual time cannot measure, and without `commands`, which hold paths.
nlohmann::ordered_json measured_part(nlohmann::ordered_json element);

// JSON text with one spelling for each value (RFC 8785): members by name, no blanks, and numbers as
// ECMAScript writes them.
std::string canonical_text(const nlohmann::ordered_json& json);

// For a writer, which has one run at a time as JSON.
class MeasuredDigest {
 public:
  explicit MeasuredDigest(const Result& result);  // begins with its probes and pilots
  void add(const nlohmann::ordered_json& element);
  std::string hex() const { return digest_.hex(); }

 private:
  Sha256 digest_;
};

std::string measured_sha256(const Result& result);

// Throws BadInput when the result of that file states the digest of another measured part.
void check_measured_sha256(const Result& result, const std::string& file);

}  // namespace mpb
