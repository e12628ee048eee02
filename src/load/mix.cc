#include "load/mix.hh"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "result/parameters.hh"
#include "stats/random.hh"
#include "sys/error.hh"
#include "sys/numbers.hh"

namespace mpb {

namespace {

constexpr Bytes kLargest{std::int64_t{512} << 20};  // the limit of a string in Redis

// Reads all of `text` as a number; false if it is not a number.
template <class Number>
bool read_number(std::string_view text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size();
}

Bytes parse_one_size(std::string_view text) {
  // parse_size() would suggest "0b" for "0", which is not a value size either.
  const Bytes size = text == "0" ? Bytes{0} : parse_size(text);
  if (size < 1_bytes || size > kLargest)
    throw BadInput(fmt::format("\"{}\" is not a value size; write \"1b\" to \"512m\"", text));
  return size;
}

ValueSize::Part parse_part(std::string_view text, bool weighted) {
  ValueSize::Part part;
  if (weighted) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos || !read_number(text.substr(colon + 1), part.weight) ||
        part.weight == 0 || part.weight > 1'000'000) {
      throw BadInput(
          fmt::format("\"{}\" has no weight between 1 and 1000000; write \"1k:70+16k:30\"", text));
    }
    text = text.substr(0, colon);
  }
  const std::size_t dash = text.find('-', 1);  // a leading one is a sign, which parse_size refuses
  part.low = parse_one_size(text.substr(0, dash));
  part.high = dash == std::string_view::npos ? part.low : parse_one_size(text.substr(dash + 1));
  if (part.high < part.low)
    throw BadInput(fmt::format("\"{}\" ends before it begins; write \"1k-16k\"", text));
  return part;
}

}  // namespace

Op parse_op(std::string_view text) {
  if (text == "get") return {100};
  if (text == "set") return {0};
  const std::size_t set = text.find("set");
  int gets = 0, sets = 0;
  if (!text.starts_with("get") || set == std::string_view::npos ||
      !read_number(text.substr(3, set - 3), gets) || !read_number(text.substr(set + 3), sets)) {
    throw BadInput(fmt::format(
        "\"{}\" is not an operation; write \"get\", \"set\" or a mix such as \"get80set20\"",
        text));
  }
  if (gets < 0 || gets > 100 || sets != 100 - gets) {
    throw BadInput(
        fmt::format("the shares in \"{}\" do not add up to 100; write \"get80set20\"", text));
  }
  return {gets};
}

std::string to_text(Op op) {
  if (op.get_percent == 100) return "get";
  if (op.get_percent == 0) return "set";
  return fmt::format("get{}set{}", op.get_percent, 100 - op.get_percent);
}

std::uint32_t ValueSize::of(std::uint64_t key) const {
  if (parts.size() == 1 && parts[0].low == parts[0].high)
    return static_cast<std::uint32_t>(parts[0].low.count);
  Random random(0x51e5, key);
  std::uint64_t total = 0;
  for (const Part& part : parts) total += part.weight;
  std::uint64_t ticket = random.below(total);
  const Part* chosen = parts.data();
  while (ticket >= chosen->weight) ticket -= (chosen++)->weight;
  return static_cast<std::uint32_t>(chosen->low.count +
                                    random.below(chosen->high.count - chosen->low.count + 1));
}

std::uint32_t ValueSize::max() const {
  Bytes largest;
  for (const Part& part : parts) largest = std::max(largest, part.high);
  return static_cast<std::uint32_t>(largest.count);
}

double ValueSize::mean() const {
  double sum = 0, weights = 0;
  for (const Part& part : parts) {
    sum += part.weight * 0.5 * static_cast<double>(part.low.count + part.high.count);
    weights += part.weight;
  }
  return sum / weights;
}

ValueSize parse_value_size(std::string_view text) {
  ValueSize size;
  const bool weighted = text.find_first_of(":+") != std::string_view::npos;
  for (std::size_t begin = 0, end = 0; end != std::string_view::npos; begin = end + 1) {
    end = text.find('+', begin);
    size.parts.push_back(parse_part(text.substr(begin, end - begin), weighted));
  }
  // The weight of a single part has no meaning, and to_text() does not write it.
  if (size.parts.size() == 1) size.parts[0].weight = 1;
  return size;
}

std::string to_text(const ValueSize& size) {
  std::string text;
  for (const ValueSize::Part& part : size.parts) {
    if (!text.empty()) text += '+';
    text += to_text(part.low);
    if (part.high != part.low) text += '-' + to_text(part.high);
    if (size.parts.size() > 1) text += ':' + std::to_string(part.weight);
  }
  return text;
}

Keys parse_keys(std::string_view text) {
  if (text == "uniform") return {KeyOrder::kUniform};
  if (text == "sequential") return {KeyOrder::kSequential};
  if (text == "zipf") return {KeyOrder::kZipf};
  Keys keys{KeyOrder::kZipf};
  if (!text.starts_with("zipf:")) {
    throw BadInput(
        fmt::format("\"{}\" is not an order of keys; write \"uniform\", \"zipf\", "
                    "\"zipf:1.2\" or \"sequential\"",
                    text));
  }
  if (!read_number(text.substr(5), keys.exponent) || !(keys.exponent > 0 && keys.exponent <= 10)) {
    throw BadInput(
        fmt::format("\"{}\" has no exponent between 0 and 10; write \"zipf:0.99\"", text));
  }
  return keys;
}

std::string to_text(Keys keys) {
  if (keys.order == KeyOrder::kUniform) return "uniform";
  if (keys.order == KeyOrder::kSequential) return "sequential";
  return keys.exponent == Keys{}.exponent ? "zipf" : "zipf:" + shortest(keys.exponent);
}

Arrivals parse_arrivals(std::string_view text) {
  if (text == "constant") return Arrivals::kConstant;
  if (text == "poisson") return Arrivals::kPoisson;
  throw BadInput(
      fmt::format("\"{}\" is not an arrival process; write \"constant\" or \"poisson\"", text));
}

std::string_view to_text(Arrivals arrivals) {
  return arrivals == Arrivals::kPoisson ? "poisson" : "constant";
}

double parse_request_rate(std::string_view text) {
  double rate = 0;
  const bool unit = text.ends_with("/s");
  if (!read_number(unit ? text.substr(0, text.size() - 2) : text, rate))
    throw BadInput(fmt::format("\"{}\" is not a rate; write \"20000/s\"", text));
  if (!unit) throw BadInput(fmt::format("\"{0}\" has no unit; write \"{0}/s\"", text));
  if (!is_rate(rate)) throw BadInput(fmt::format("\"{}\" {}", text, kRateOutOfRange));
  return rate;
}

}  // namespace mpb
