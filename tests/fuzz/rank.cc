// Lines between the ranks of an experiment that mpirun started.
#include "experiment/rank_words.hh"
#include "fuzz.hh"

namespace mpb {

namespace {

// The value that `parse` made of `text`, or nothing if it ended the experiment with a reason.
template <class Parse>
auto taken(Parse parse, std::string_view text) -> std::optional<decltype(parse(text))> {
  try {
    return parse(text);
  } catch (const RunFailed& error) {
    assert(std::string_view(error.what()).find("same mptcp-bench") != std::string_view::npos);
    return std::nullopt;
  }
}

void check_line(const std::string& text) {
  const auto line = taken(parse_rank_line, text);
  if (!line) return;
  const std::string written = to_text(*line);
  assert(written.find('\n') == std::string::npos);
  const RankLine again = parse_rank_line(written);
  assert(again.verb == line->verb && again.load == line->load && again.text == line->text);

  if (const auto argv = taken(command_from, line->text))
    assert(command_from(command_json(*argv)) == *argv);
  if (const auto end = taken(end_from, line->text)) {
    const LoadEnd same = end_from(end_json(*end));
    assert(same.how == end->how && same.last_words == end->last_words &&
           same.cannot_run == end->cannot_run);
  }
  if (const auto rank = taken(rank_from, line->text)) {
    assert(rank_json(rank_from(rank_json(*rank))) == rank_json(*rank));
    assert(differences(*rank, *rank).sysctls.empty());
  }
}

}  // namespace

}  // namespace mpb

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  mpb::check_line(std::string(reinterpret_cast<const char*>(data), size));
  return 0;
}
