// Words for quantities: refused, or taken and written so that they are read back as the same.
#include "sys/units.hh"

#include "analysis/slo.hh"
#include "fuzz.hh"
#include "load/mix.hh"

namespace mpb {

namespace {

template <class Parse, class Write>
void round_trip(std::string_view text, Parse parse, Write write) {
  const auto value = accepted([&] { return parse(text); });
  if (!value) return;
  const std::string words(write(*value));
  assert(parse(words) == *value);
  assert(write(parse(words)) == words);
}

}  // namespace

}  // namespace mpb

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mpb;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto words = [](const auto& value) { return to_text(value); };
  round_trip(text, parse_duration, words);
  round_trip(text, parse_rate, words);
  round_trip(text, parse_size, words);
  round_trip(text, parse_op, words);
  round_trip(text, parse_value_size, words);
  round_trip(text, parse_keys, words);
  round_trip(text, parse_arrivals, words);
  if (const auto t = accepted([&] { return parse_duration(text); })) assert(*t >= Nanos{0});
  if (const auto rate = accepted([&] { return parse_rate(text); })) assert(rate->count >= 0);
  if (const auto bytes = accepted([&] { return parse_size(text); })) assert(bytes->count >= 0);
  if (const auto share = accepted([&] { return parse_percent(text); })) {
    assert(*share >= 0 && *share <= 1);
    // Rounded to 11 digits, so not the same, but as good as.
    const double again = parse_percent(percent_text(*share));
    assert(std::abs(again - *share) <= 1e-11);
  }
  if (const auto rate = accepted([&] { return parse_request_rate(text); })) assert(*rate > 0);
  if (const auto rule = accepted([&] { return parse_slo(text); })) {
    assert(to_text(parse_slo(to_text(*rule))) == to_text(*rule));
  }
  if (const auto sizes = accepted([&] { return parse_value_size(text); })) {
    for (std::uint64_t key = 0; key < 16; ++key) {
      const std::uint32_t size_of_key = sizes->of(key);
      assert(size_of_key >= 1 && size_of_key <= sizes->max());
    }
    assert(sizes->mean() >= 1 && sizes->mean() <= sizes->max());
  }
  return 0;
}
