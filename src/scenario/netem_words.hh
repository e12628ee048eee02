// The words of tc(8) for one direction of a link, after "netem". Each direction uses two nested
// netem qdiscs, because a single one reports random loss and tail drops in one counter. The outer
// qdisc applies loss ({"loss", "random", "1%", "limit", "1000000"}); the inner one applies rate,
// delay and queue limit ({"delay", "5ms", "rate", "100mbit", "limit", "1083"}). The outer qdisc
// also counts the drops of the inner one. A blackhole is a loss of 100 %.
#pragma once

#include <string>
#include <vector>

#include "emu/model.hh"

namespace mpb {

std::vector<std::string> netem_loss_words(const LinkModel& model);
std::vector<std::string> netem_line_words(const LinkModel& model);

// The words after "fq", which caps the rate of each flow in front of the line: {"maxrate",
// "30mbit", "flow_limit", "250", ...}. With these words it paces every packet by itself, as
// emu/flow_cap does.
std::vector<std::string> flow_cap_words(const LinkModel& model);

}  // namespace mpb
