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
  // Of the environment and the set-up, which are the subject of the comparison.
  std::vector<std::string> listed;
};

// `allowed`: the names of differences that would be refused, such as "workload/connections", or
// their beginnings: "scenario/links".
Differences differences(const Result& a, const Result& b,
                        const std::vector<std::string>& allowed = {});

// The differences of the request alone, which is known before anything is measured. It includes the
// seed, the number of blocks, and the cells.
std::vector<std::string> differences_of_request(const Result& a, const Result& b);

// Throws BadInput that names the differences, and the remedy.
[[noreturn]] void refuse_comparison(const std::string& name_a, const std::string& name_b,
                                    const std::vector<std::string>& differences,
                                    const std::string& remedy);

// The adjustment of the verdicts of a comparison: that of a grid if both results have one.
Adjustment adjustment_of(const Result& a, const Result& b);

struct CompareRow {
  Figure a, b;
  Comparison comparison;
  Judgement judgement;
};

// One row for each headline figure, and each of its ratios, that both results have. If a cell has
// one variant of a protocol in each result, these two are compared, whatever their settings.
std::vector<CompareRow> compare(const Analysis& a, const Analysis& b);

// "get_4k/p99/tcp, ...": the first few headline figures without a counterpart among the `others`.
// "" for none.
std::string only_in(const std::vector<Figure>& figures, const std::vector<Figure>& others);

}  // namespace mpb
