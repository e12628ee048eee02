// Ratios of protocols, their intervals and verdicts in words, and what repeated runs show besides.
// The figures themselves are analysis/figures'.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analysis/analysis.hh"

namespace mpb {

std::string interval_text(const std::optional<Interval>& interval,
                          int decimals = 3);  // "1.601-1.751"; "-" for none

std::string p_text(double p);                    // "0.0312", "<0.0001"
std::string p_text(const Judgement& judgement);  // "-" for no verdict

// "better", "inconclusive (+14)" where about 14 blocks more would tell, "inconclusive (4 too
// short)" where so many blocks or runs could not tell, "inconclusive (cut off)" where waits were
// longer than what was seen of them.
std::string verdict_text(const Judgement& judgement, std::size_t too_short);

// What "(+14)", "(4 too short)" and "(cut off)" mean, in a sentence.
extern const char* const kAboutMoreBlocks;
extern const char* const kAboutTooShort;
extern const char* const kAboutCutOff;

// What the intervals and the `verdicts` of a table mean.
std::vector<std::string> interval_sentences(std::size_t verdicts);

// Why some latencies have no verdict.
extern const char* const kAboutLatency;

// A figure's value in words: "4,824/s", "31.2 ms", "1.672x".
std::string value_text(const Figure& figure, double value);

// "8 of 10" where runs of some blocks are not valid: they are not missing by chance.
std::string count_of(std::size_t count, std::size_t all);

// "Runs that are not valid: 2 of 10 of mptcp." of every protocol that lost any; "" where none did.
std::string invalid_shares(const Result& result);

// Why no ratio has an interval, and how to get one; "" where one has, and where there is no ratio.
std::string few_blocks_sentence(const Analysis& analysis);

// Of runs in which a protocol was compared with itself (--aa): how large a difference is noise on
// this host. One sentence a metric.
std::vector<std::string> noise_sentences(const Analysis& analysis);

// "run 7 of 120 (tcp get 4k) stands apart, and counts like the others: throughput 1,034/s (median
// 2,885/s)", the first twelve of them.
std::vector<std::string> outlier_sentences(const Analysis& analysis);

// The number of blocks that were begun; the steps of a search are none.
std::size_t blocks_of(const Result& result);

// Half the width of the widest interval of a cell's headline metric, as a fraction: of the ratios,
// or where one protocol was measured of its own. Nothing as long as one of them has no interval.
std::optional<double> widest_interval(const Result& result);

}  // namespace mpb
