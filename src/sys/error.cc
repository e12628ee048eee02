#include "sys/error.hh"

#include <algorithm>
#include <vector>

namespace mpb {

namespace {

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t substitute = diagonal + (a[i - 1] != b[j - 1]);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substitute});
    }
  }
  return row[b.size()];
}

}  // namespace

std::string in_quotes(std::string_view text) { return '"' + std::string(text) + '"'; }

std::string nearest(std::string_view word, const std::string* first, const std::string* last) {
  std::string best;
  // A word at a greater distance is a mere guess ("events" for "endpoints").
  std::size_t best_distance = word.size() / 3 + 2;
  for (; first != last; ++first) {
    const std::size_t distance = edit_distance(word, *first);
    if (distance < best_distance) {
      best = *first;
      best_distance = distance;
    }
  }
  return best;
}

}  // namespace mpb
