#include "sys/btf.hh"

#include <gtest/gtest.h>
#include <linux/btf.h>

#include <cstring>
#include <string>

namespace mpb {
namespace {

// Type information with the types `int` (1), a structure of two members (2), the signature of a
// function (3), and the functions "first" (4) and "second" (5).
std::string sample() {
  const std::string texts("\0int\0first\0second\0", 18);
  std::string types;
  const auto add = [&types](std::uint32_t value) {
    types.append(reinterpret_cast<const char*>(&value), sizeof value);
  };
  const auto type = [&](std::uint32_t name, std::uint32_t kind, std::uint32_t members) {
    add(name);
    add(kind << 24 | members);
    add(4);
  };
  type(1, BTF_KIND_INT, 0);
  add(32);
  type(0, BTF_KIND_STRUCT, 2);
  for (int i = 0; i < 6; ++i) add(0);
  type(0, BTF_KIND_FUNC_PROTO, 1);
  for (int i = 0; i < 2; ++i) add(1);
  type(5, BTF_KIND_FUNC, 0);
  type(11, BTF_KIND_FUNC, 0);
  btf_header header{};
  header.magic = BTF_MAGIC;
  header.hdr_len = sizeof header;
  header.type_len = static_cast<std::uint32_t>(types.size());
  header.str_off = header.type_len;
  header.str_len = static_cast<std::uint32_t>(texts.size());
  return std::string(reinterpret_cast<const char*>(&header), sizeof header) + types + texts;
}

TEST(Btf, NumbersTheFunctions) {
  EXPECT_EQ(btf_function(sample(), "first"), 4u);
  EXPECT_EQ(btf_function(sample(), "second"), 5u);
  EXPECT_EQ(btf_function(sample(), "third"), std::nullopt);
  EXPECT_EQ(btf_function(sample(), "int"), std::nullopt) << "not a function";
}

TEST(Btf, EndsWhereTheBytesEnd) {
  const std::string all = sample();
  for (std::size_t length = 0; length < all.size() - 8; ++length)
    EXPECT_EQ(btf_function(all.substr(0, length), "second"), std::nullopt) << length;
  std::string unknown = all;
  unknown[sizeof(btf_header) + 7] = 31;  // the kind of the first type
  EXPECT_EQ(btf_function(unknown, "first"), std::nullopt);
  EXPECT_EQ(btf_function("no BTF at all, but long enough for a header", "first"), std::nullopt);
  std::string far = all;
  const std::uint32_t offset = 0xfffffff0;
  std::memcpy(&far[offsetof(btf_header, str_off)], &offset, sizeof offset);
  EXPECT_EQ(btf_function(far, "first"), std::nullopt);
}

}  // namespace
}  // namespace mpb
