#include "sys/sha256.hh"

#include <gtest/gtest.h>

namespace mpb {
namespace {

std::string digest_of(std::string_view text, std::size_t piece) {
  Sha256 digest;
  for (std::size_t at = 0; at < text.size(); at += piece) digest.add(text.substr(at, piece));
  return digest.hex();
}

// The examples of FIPS 180-4.
TEST(Sha256, HasThePublishedValues) {
  EXPECT_EQ(digest_of("", 1), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(digest_of("abc", 3),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  const std::string million(1'000'000, 'a');
  for (const std::size_t piece : {std::size_t{999}, million.size()}) {
    EXPECT_EQ(digest_of(million, piece),
              "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  }
}

TEST(Sha256, CanGoOnAfterItWasRead) {
  Sha256 digest;
  digest.add("a");
  EXPECT_EQ(digest.hex(), digest_of("a", 1));
  digest.add("bc");
  EXPECT_EQ(digest.hex(), digest_of("abc", 3));
}

}  // namespace
}  // namespace mpb
