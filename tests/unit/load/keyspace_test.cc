#include "load/keyspace.hh"

#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <string>
#include <vector>

namespace mpb {
namespace {

std::vector<double> frequencies(Keys keys, std::uint64_t keyspace, int draws) {
  KeyPicker picker(keys, keyspace);
  Random random(11);
  std::vector<double> counts(keyspace);
  for (int i = 0; i < draws; ++i) ++counts.at(picker.next(random));
  return counts;
}

double chi_square(const std::vector<double>& seen, const std::vector<double>& expected) {
  double sum = 0;
  for (std::size_t i = 0; i < seen.size(); ++i)
    sum += (seen[i] - expected[i]) * (seen[i] - expected[i]) / expected[i];
  return sum;
}

TEST(KeyPicker, UniformIsUniform) {
  const auto seen = frequencies({KeyOrder::kUniform}, 1000, 1'000'000);
  // Chi-square with 999 degrees of freedom: mean 999, deviation sqrt(2 * 999).
  EXPECT_NEAR(chi_square(seen, std::vector<double>(1000, 1000)), 999, 4 * std::sqrt(2 * 999.0));
}

TEST(KeyPicker, ZipfGivesEveryRankItsShare) {
  for (const double exponent : {0.5, 0.99, 1.0, 1.5}) {
    constexpr std::size_t n = 100;
    constexpr int draws = 1'000'000;
    std::vector<double> expected(n);
    double harmonic = 0;
    for (std::size_t i = 0; i < n; ++i)
      harmonic += expected[i] = std::pow(static_cast<double>(i + 1), -exponent);
    for (double& share : expected) share *= draws / harmonic;
    EXPECT_NEAR(chi_square(frequencies({KeyOrder::kZipf, exponent}, n, draws), expected), n - 1,
                4 * std::sqrt(2.0 * n))
        << exponent;
  }
}

TEST(KeyPicker, ZipfStaysInTheSmallestAndTheLargestKeyspace) {
  Random random(1);
  KeyPicker one({KeyOrder::kZipf}, 1), many({KeyOrder::kZipf}, 1'000'000'000'000);
  std::uint64_t largest = 0;
  for (int i = 0; i < 100'000; ++i) {
    ASSERT_EQ(one.next(random), 0u);
    largest = std::max(largest, many.next(random));
  }
  EXPECT_LT(largest, 1'000'000'000'000u);
  EXPECT_GT(largest, 100'000'000'000u);
}

TEST(KeyPicker, SequentialThreadsSweepTheKeyspaceTogether) {
  Random random(1);
  std::set<std::uint64_t> seen;
  for (int thread = 0; thread < 3; ++thread) {
    KeyPicker picker({KeyOrder::kSequential}, 10, thread, 3);
    for (int i = 0; i < 4; ++i) seen.insert(picker.next(random));
  }
  EXPECT_EQ(seen.size(), 10u);
}

TEST(Keys, AreTwelveDigits) {
  char digits[kKeyDigits];
  write_key_digits(1234567, digits);
  EXPECT_EQ(std::string(digits, sizeof digits), "000001234567");
}

std::string value_of(const ValueBlock& block, std::uint64_t key, std::size_t from,
                     std::size_t length) {
  iovec pieces[64];
  std::size_t described = 0;
  std::string value;
  const int n = block.slices(key, from, length, pieces, 64, described);
  for (int i = 0; i < n; ++i)
    value.append(static_cast<const char*>(pieces[i].iov_base), pieces[i].iov_len);
  EXPECT_EQ(value.size(), described);
  return value;
}

TEST(ValueBlock, GivesTheSameBytesWholeAndInParts) {
  const ValueBlock block, again;
  constexpr std::size_t length = 3 * ValueBlock::kSize + 17;  // wraps around more than once
  for (const std::uint64_t key : {0u, 1u, 999u}) {
    const std::string value = value_of(block, key, 0, length);
    ASSERT_EQ(value.size(), length);
    EXPECT_EQ(value, value_of(again, key, 0, length));
    EXPECT_EQ(value.substr(10'000, 30'000), value_of(block, key, 10'000, 30'000));
    EXPECT_TRUE(block.matches(key, value));
    EXPECT_FALSE(block.matches(key + 1, value));
    std::string damaged = value;
    damaged.back() = static_cast<char>(damaged.back() ^ 1);
    EXPECT_FALSE(block.matches(key, damaged));
  }
}

TEST(ValueBlock, SaysHowFarItsPiecesReach) {
  const ValueBlock block;
  iovec pieces[2];
  std::size_t described = 0;
  EXPECT_EQ(block.slices(5, 0, 10 * ValueBlock::kSize, pieces, 2, described), 2);
  EXPECT_EQ(described, pieces[0].iov_len + pieces[1].iov_len);
}

}  // namespace
}  // namespace mpb
