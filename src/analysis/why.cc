#include "analysis/why.hh"

#include <fmt/format.h>

#include <algorithm>

#include "analysis/group.hh"
#include "analysis/text.hh"

namespace mpb {

std::vector<std::string> cpu_sentences(const std::vector<Explanation>& all) {
  const bool emulated = std::any_of(
      all.begin(), all.end(), [](const Explanation& why) { return why.emulator_cpu.has_value(); });
  std::vector<std::string> sentences;
  if (emulated) {
    sentences = {
        "emulator: the links, and the kernel's receive path of both ends (IP, TCP, MPTCP), which "
        "runs inside its writes.",
        "client, store: each process and its system calls, without that receive path."};
  } else {
    sentences = {
        "client, store: each process and its system calls. The kernel's receive path is charged to "
        "the process that it interrupts."};
  }
  if (std::any_of(all.begin(), all.end(),
                  [](const Explanation& why) { return why.system_cpu.has_value(); })) {
    sentences.push_back("system: everything that ran on this host in the window.");
  }
  if (emulated) {
    sentences.push_back(
        "No column is the cost of MPTCP: --scenario stack-cost --proto tcp,mptcp-one measures "
        "that, without emulated links.");
  }
  return sentences;
}

std::string stack_sentence(const Explanation& why) {
  if (!why.stack_ratio) return "";
  const auto text = [](const Centre& ratio) {
    const auto x = [](double value) { return fixed(value, 2); };
    if (!ratio.interval) return x(ratio.value) + "x";
    return fmt::format("{}x ({}-{})", x(ratio.value), x(ratio.interval->low),
                       x(ratio.interval->high));
  };
  const std::string sentence =
      fmt::format("{}: over one link MPTCP gets {} of TCP's throughput",
                  cell_text(why.op, why.values, {}, why.conditions), text(*why.stack_ratio));
  if (!why.stack_cpu_ratio) return sentence + ".";
  return fmt::format("{}, and this host uses {} of the CPU time per request.", sentence,
                     text(*why.stack_cpu_ratio));
}

}  // namespace mpb
