#include "sys/error.hh"

#include <algorithm>
#include <vector>

namespace mpb {

namespace {

// With four equal letters at the beginning two words are alike: "protocol" and "proto".
constexpr std::size_t kBeginning = 4;

// The least number of letters to insert, delete, replace or swap with their neighbour (optimal
// string alignment).
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> rows(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) {
    for (std::size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        rows[i][j] = i + j;
        continue;
      }
      rows[i][j] = std::min(
          {rows[i - 1][j] + 1, rows[i][j - 1] + 1, rows[i - 1][j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        rows[i][j] = std::min(rows[i][j], rows[i - 2][j - 2] + 1);
    }
  }
  return rows[a.size()][b.size()];
}

}  // namespace

std::string in_quotes(std::string_view text) { return '"' + std::string(text) + '"'; }

std::string nearest(std::string_view word, const std::string* first, const std::string* last) {
  std::string best;
  std::string longer_or_shorter;
  // A word at a greater distance is a mere guess ("events" for "endpoints", "op" for "foo"). The
  // dashes of options do not count.
  const std::size_t dashes = std::min(word.find_first_not_of('-'), word.size());
  std::size_t best_distance = std::max<std::size_t>(1, (word.size() - dashes) / 3) + 1;
  for (; first != last; ++first) {
    const std::size_t longer = std::max(word.size(), first->size());
    const std::size_t shorter = std::min(word.size(), first->size());
    if (longer_or_shorter.empty() && shorter >= dashes + kBeginning &&
        word.substr(0, shorter) == first->substr(0, shorter))
      longer_or_shorter = *first;
    if (longer - shorter >= best_distance) continue;  // a word of a file may have a million letters
    const std::size_t distance = edit_distance(word, *first);
    if (distance < best_distance) {
      best = *first;
      best_distance = distance;
    }
  }
  return best.empty() ? longer_or_shorter : best;
}

}  // namespace mpb
