// `mptcp-bench compare`: two results, for example of two kernels, two stores or two weeks.
//
// The runs of two results share no blocks, so they are compared as independent samples
// (stats/comparison, unpaired()). Two kinds of figures are compared. A protocol's own figures mix
// every difference between the two results, including the machines. From the ratios between
// protocols within each result, the machine cancels out.
#pragma once

#include <string>
#include <vector>

#include "analysis/analysis.hh"

namespace mpb {

// Each difference is a text like "kernel: 6.1.0 and 6.18.0".
struct Differences {
  std::vector<std::string> refused;  // of the request; such results cannot be compared
  std::vector<std::string> listed;   // of the environment, which is the subject of the comparison
};
Differences differences(const Result& a, const Result& b);

// The differences of the request alone, which is known before anything is measured. It includes the
// seed, the number of blocks, and the cells.
std::vector<std::string> differences_of_request(const Result& a, const Result& b);

// Throws BadInput that names the differences.
[[noreturn]] void refuse_comparison(const std::string& name_a, const std::string& name_b,
                                    const std::vector<std::string>& differences);

struct CompareRow {
  Figure a, b;  // of the same name
  Comparison comparison;
  Judgement judgement;
};

// One row for each headline figure, and each of its ratios, that both results have.
std::vector<CompareRow> compare(const Analysis& a, const Analysis& b);

// "get_4k/p99/tcp, ...": the first few headline figures that `others` lack. "" for none.
std::string only_in(const std::vector<Figure>& figures, const std::vector<Figure>& others);

}  // namespace mpb
