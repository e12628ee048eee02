// SHA-256 (FIPS 180-4) of a text that arrives in pieces. The only place that uses libmd, the
// message digests of the BSDs: small, without configuration, and part of every Debian system.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace mpb {

class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  void add(std::string_view piece);

  // The digest of everything added so far, as 64 lower-case hexadecimal digits.
  std::string hex() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace mpb
