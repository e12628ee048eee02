// Lines of a program that is not ours to trust: the load's events and its outcome.
#include "load/events.hh"

#include "fuzz.hh"

namespace mpb {

namespace {

void check_event(const std::string& line) {
  const auto event = accepted([&] { return parse_line(line); });
  if (!event) return;
  const auto write = [](const auto& what) { return to_line(what); };
  const std::string written = std::visit(write, *event);
  assert(written.find('\n') == std::string::npos);
  const auto again = parse_line(written);
  assert(again.index() == event->index());
  if (const auto* report = std::get_if<LoadReport>(&*event)) {
    assert(std::get<LoadReport>(again) == *report);
    LoadReport sum;
    sum.merge(*report);
    assert(sum.outcome.requests == report->outcome.requests);
    assert(sum.outcome.first_byte == report->outcome.first_byte);
    sum = *report;
    sum.merge(*report);
    sum.complete(1s);
    assert(sum.outcome.throughput_rps() >= 0 && sum.outcome.goodput_bps() >= 0);
    return;
  }
  const auto& before = std::get<LoadEvent>(*event);
  const auto& after = std::get<LoadEvent>(again);
  // A line contains only the fields of its event.
  assert(after.kind == before.kind);
  assert(std::visit(write, again) == written);
}

}  // namespace

}  // namespace mpb

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t most, unsigned seed) {
  return mpb::mutate_json(data, size, most, seed);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  mpb::check_event(std::string(reinterpret_cast<const char*>(data), size));
  return 0;
}
