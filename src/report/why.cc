#include "report/why.hh"

#include <algorithm>

namespace mpb {

namespace {

std::string cost_text(const std::optional<CpuCost>& cost) {
  if (!cost) return "-";
  const auto us = [](double ns) { return fixed(ns / 1e3, 1); };
  const std::string text = us(cost->ns);
  if (!cost->interval) return text;
  return text + " (" + us(cost->interval->low) + "-" + us(cost->interval->high) + ")";
}

std::string share_text(const std::optional<double>& share, int decimals = 0) {
  return share ? percent(*share, decimals) : "-";
}

}  // namespace

Row throughput_header(const Result& result) {
  return {"of " + result.capacities[0].name, "of all links", "resent", "reply ms"};
}

Row throughput_cells(const Explanation& why) {
  return {share_text(why.of_links[0]), share_text(why.of_all_links),
          share_text(why.retransmitted, 2), milliseconds(why.after_first_byte_ns)};
}

Row cpu_header() { return {"emulator us", "client us", "store us", "system us"}; }

Row cpu_cells(const Explanation& why) {
  return {cost_text(why.emulator_cpu), cost_text(why.client_cpu), cost_text(why.store_cpu),
          cost_text(why.system_cpu)};
}

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
        "client, store: each process and its system calls; the kernel's receive path is charged to "
        "the process that it interrupts."};
  }
  if (std::any_of(all.begin(), all.end(),
                  [](const Explanation& why) { return why.system_cpu.has_value(); })) {
    sentences.push_back("system: this host with all that ran on it in the window.");
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
    return x(ratio.value) + "x (" + x(ratio.interval->low) + "-" + x(ratio.interval->high) + ")";
  };
  std::string sentence = upper(why.op) + " " + why.values + ": over one link MPTCP gets " +
                         text(*why.stack_ratio) + " of TCP's throughput";
  if (!why.stack_cpu_ratio) return sentence + ".";
  return sentence + ", and this host uses " + text(*why.stack_cpu_ratio) +
         " of the CPU time a request.";
}

std::string folded(const std::string& sentence) {
  constexpr std::size_t kWidth = 116;
  std::string text;
  std::string line;
  for (std::size_t at = 0; at < sentence.size();) {
    const std::size_t semicolon = sentence.find("; ", at);
    const std::size_t end = semicolon == std::string::npos ? sentence.size() : semicolon + 2;
    const std::string part = sentence.substr(at, end - at);
    if (!line.empty() && line.size() + part.size() > kWidth) {
      line.pop_back();
      text += line_of(line);
      line = "  ";
    }
    line += part;
    at = end;
  }
  return text + line_of(line);
}

void drop_unknown_columns(std::vector<Row>& rows, std::size_t words) {
  for (std::size_t column = rows.front().size(); column-- > words;) {
    if (std::any_of(rows.begin() + 1, rows.end(),
                    [column](const Row& row) { return row[column] != "-"; }))
      continue;
    for (Row& row : rows) row.erase(row.begin() + static_cast<std::ptrdiff_t>(column));
  }
}

}  // namespace mpb
