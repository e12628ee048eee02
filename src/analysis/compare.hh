// `mptcp-bench compare`: two results, such as of two kernels, two stores or two weeks.
//
// Their runs do not stand side by side in blocks, so they are compared as independent samples
// (stats/comparison, unpaired()). Two kinds of figure are: each protocol's own, in which everything
// that differs between the two is mixed, the machines too; and the ratios between protocols within
// each result, from which the machine cancels out.
#pragma once

#include <string>
#include <vector>

#include "analysis/analysis.hh"

namespace mpb {

// What differs between the two, as "kernel: 6.1.0 and 6.18.0".
struct Differences {
  std::vector<std::string>
      refused;                    // of the question that was asked: such results cannot be compared
  std::vector<std::string> told;  // of the worlds in which it was asked: what the comparison is of
};
Differences differences(const Result& a, const Result& b);

// Of the question alone, which is known before anything is measured, but all of it: the seed, the
// number of blocks and which cells there are, too.
std::vector<std::string> asked_otherwise(const Result& a, const Result& b);

// Throws BadInput that names the differences.
[[noreturn]] void refuse_comparison(const std::string& name_a, const std::string& name_b,
                                    const std::vector<std::string>& differences);

struct CompareRow {
  Figure a, b;  // of the same name
  Comparison comparison;
  Judgement judgement;
};

// Every figure with a headline, and every ratio of one, that both have.
std::vector<CompareRow> compare(const Analysis& a, const Analysis& b);

// "get_4k/p99/tcp, ..." of the headlines that `others` do not have; the first few. "" for none.
std::string only_in(const std::vector<Figure>& figures, const std::vector<Figure>& others);

}  // namespace mpb
