// The measured part of a result: its capacity probes, pilots and runs (with the events, which are
// segments of a run), without the description of host and command.
//
// Two experiments in virtual time that behaved identically have equal measured parts, to the last
// nanosecond. So the result contains the SHA-256 of this part as `measured_sha256`.
// results/README.md defines it, so that other programs can compute it.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "result/result.hh"
#include "sys/sha256.hh"

namespace mpb {

// The measured part of json_of() of a run, a probe or a pilot: without `cpu` and `attendance`, also
// those of its hosts, which virtual time cannot measure, and without `commands`, which contain
// paths.
nlohmann::ordered_json measured_part(nlohmann::ordered_json element);

// JSON text with one spelling for each value (RFC 8785): members sorted by name, no blanks, and
// numbers as in ECMAScript.
std::string canonical_text(const nlohmann::ordered_json& json);

// The digest, for a writer that has one run at a time as JSON.
class MeasuredDigest {
 public:
  explicit MeasuredDigest(const Result& result);  // adds the probes and pilots
  void add(const nlohmann::ordered_json& element);
  std::string hex() const { return digest_.hex(); }

 private:
  Sha256 digest_;
};

std::string measured_sha256(const Result& result);

// Throws BadInput if the result of this file states the digest of another measured part.
void check_measured_sha256(const Result& result, const std::string& file);

}  // namespace mpb
