// Workload files: refused by name, or taken; then every cell has keys, sizes and words of its own.
#include "load/workload.hh"

#include "fuzz.hh"
#include "load/keyspace.hh"

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t most, unsigned seed) {
  return mpb::mutate_json(data, size, most, seed);
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace mpb;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto workload = accepted([&] { return parse_workload(text, "w.json"); }, "w.json: ");
  if (!workload) return 0;
  check_parameters(*workload);
  assert(!workload->ops.empty() && !workload->sizes.empty());
  for (const Op op : workload->ops) assert(parse_op(to_text(op)) == op);
  for (const ValueSize& sizes : workload->sizes) {
    assert(parse_value_size(to_text(sizes)) == sizes);
    for (std::uint64_t key = 0; key < 8; ++key)
      assert(sizes.of(key) >= 1 && sizes.of(key) <= sizes.max());
  }
  assert(parse_keys(to_text(workload->keys)) == workload->keys);
  assert(parse_arrivals(to_text(workload->arrivals)) == workload->arrivals);
  for (const Nanos t : {workload->duration, workload->warmup, workload->timeout}) {
    assert(parse_duration(to_text(t)) == t);
  }
  assert(parse_size(to_text(workload->data)) == workload->data);
  KeyPicker picker(workload->keys, workload->keyspace);
  Random random(1);
  for (int i = 0; i < 8; ++i) assert(picker.next(random) < workload->keyspace);
  return 0;
}
