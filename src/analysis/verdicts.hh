// Ratios of protocols, their intervals and verdicts in words, and other findings from repeated
// runs. analysis/figures computes the figures.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis/analysis.hh"

namespace mpb {

// "1.601-1.751"; "-" for no interval.
std::string interval_text(const std::optional<Interval>& interval, int decimals = 3);

// "95 % 1.49-1.51", of several "95 % intervals within 1.49-1.65"; "" if there is none.
std::string intervals_text(const std::vector<std::optional<Interval>>& intervals);

// " in all" or " in 3" of several; "" of one.
std::string in_how_many(std::size_t count, std::size_t all);

// "better in 4, equivalent in 2"; "better" of one; "" if none is a verdict.
std::string verdict_counts(const std::vector<Verdict>& verdicts);

std::string p_text(double p);                    // "0.0312", "<0.0001"
std::string p_text(const Judgement& judgement);  // "-" for no verdict

// "better"; "inconclusive (+14)" if about 14 more blocks would decide it; "inconclusive (4 too
// short)" if four blocks or runs have too few requests; "inconclusive (cut off)" if waits lasted
// longer than they were observed.
std::string verdict_text(const Judgement& judgement, std::size_t too_short);

// Sentences that explain "(+14)", "(4 too short)" and "(cut off)".
extern const char* const kAboutMoreBlocks;
extern const char* const kAboutTooShort;
extern const char* const kAboutCutOff;

// Sentences that explain the intervals and the verdicts of a table with that number of verdicts,
// which was looked at `looks` times.
std::vector<std::string> interval_sentences(std::size_t verdicts, std::size_t looks,
                                            Adjustment adjustment);

// Why some latencies have no verdict, and why throughput has none if links change.
extern const char* const kAboutLatency;
extern const char* const kAboutWindow;

// A figure's value in words: "4,824/s", "31.2 ms", "1.672x".
std::string value_text(const Figure& figure, double value);

// "8 of 10"; "10" if none is missing.
std::string count_of(std::size_t count, std::size_t all);

// "Invalid runs: 2 of 10 of mptcp." for every protocol that has invalid runs; "" if none has.
std::string invalid_shares(const Result& result);

// Why no ratio has an interval, and how to get one. "" if one has, and if there is no ratio.
std::string few_blocks_sentence(const Analysis& analysis);

// For runs in which a protocol was compared with itself (--aa): the size of a difference that is
// noise on this host. One sentence for each metric.
std::vector<std::string> noise_sentences(const Analysis& analysis);

// "run 7 of 120 (tcp get 4k) stands apart, and counts like the others: throughput 1,034/s (median
// 2,885/s)." The first twelve such runs.
std::vector<std::string> outlier_sentences(const Analysis& analysis);

// The number of blocks that were begun. The runs of a search are not in blocks.
std::size_t blocks_of(const Result& result);

// Half the width of the widest interval of a headline, as a fraction: of the ratios, or of the
// figures if there is no ratio. Nothing as long as one of them has no interval.
std::optional<double> widest_interval(const Result& result);

}  // namespace mpb
