#include "sys/sha256.hh"

#include <sha2.h>

namespace mpb {

struct Sha256::State {
  SHA2_CTX context;
};

Sha256::Sha256() : state_(std::make_unique<State>()) { SHA256Init(&state_->context); }

Sha256::~Sha256() = default;

void Sha256::add(std::string_view piece) {
  SHA256Update(&state_->context, reinterpret_cast<const unsigned char*>(piece.data()),
               piece.size());
}

std::string Sha256::hex() const {
  SHA2_CTX copy = state_->context;
  char text[SHA256_DIGEST_STRING_LENGTH];
  return SHA256End(&copy, text);
}

}  // namespace mpb
