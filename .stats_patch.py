def sub(p,*pairs):
    s=open(p).read()
    for a,b in pairs:
        assert a in s,(p,a)
        s=s.replace(a,b)
    open(p,'w').write(s)
p='src/report/page_data.cc'; s=open(p).read()
a=s.index('  void add_ratio('); b=s.index('  // The published latency is the mean')
s=s[:a]+'''  void add_ratios(const NamedResult& named) {
    for (const Comparison& c : compare_protocols(named.result)) {
      Json ratio{{"row", upper(c.op) + " " + c.values + " " + series(named, c.proto)},
                 {"metric", c.metric == "throughput" ? "throughput" : c.metric + " latency"},
                 {"base", c.base},
                 {"ratio", c.ratio.value},
                 {"verdict", c.verdict ? to_text(*c.verdict) : "no verdict"},
                 {"blocks", c.blocks},
                 {"block_ratios", c.block_ratios.size() > 1 ? Json(c.block_ratios) : Json::array()}};
      if (c.ratio.low && c.ratio.high) ratio["low"] = *c.ratio.low, ratio["high"] = *c.ratio.high;
      row("ratios", std::move(ratio));
    }
  }

'''+s[b:]
s=s.replace('      add_ratio(group, groups);\n','')
s=s.replace('    if (several_rates_) add_load(named);','    add_ratios(named);\n    if (several_rates_) add_load(named);')
s=s.replace('#include "report/group.hh"','#include "report/compare.hh"\n#include "report/group.hh"')
open(p,'w').write(s)
p='src/report/page_tables.cc'; s=open(p).read()
a=s.index('struct Ratio {'); b=s.index('}  // namespace\n',a)
s=s[:a]+'''// "1.32 to 1.89 times"
std::string times(const std::vector<double>& ratios) {
  const auto [low, high] = std::minmax_element(ratios.begin(), ratios.end());
  return fixed(*low, 2) + (ratios.size() > 1 ? " to " + fixed(*high, 2) : "") + " times";
}

// "MPTCP got 1.32 to 1.89 times the throughput of TCP and 0.58 to 0.90 times its p99 latency; its throughput is better in 6 of 6 cells."
std::string ratio_sentence(const std::vector<Comparison>& comparisons, const std::string& proto) {
  std::vector<double> throughput;
  std::vector<double> tail;
  std::map<Verdict, int> verdicts;
  std::string base;
  for (const Comparison& c : comparisons) {
    if (c.proto != proto) continue;
    base = c.base;
    if (c.metric == "throughput") throughput.push_back(c.ratio.value);
    if (c.metric == "throughput" && c.verdict) ++verdicts[*c.verdict];
    if (c.metric == "p99") tail.push_back(c.ratio.value);
  }
  if (throughput.empty()) return "";
  std::string text = upper(proto) + " got " + times(throughput) + " the throughput of " + (proto == base ? "itself" : upper(base));
  if (!tail.empty()) text += " and " + times(tail) + " its p99 latency";
  for (const auto& [verdict, cells] : verdicts) {
    text += (verdict == verdicts.begin()->first ? "; the throughput is " : ", ") + to_text(verdict) + " in " + std::to_string(cells) + " of " +
            std::to_string(throughput.size()) + (throughput.size() == 1 ? " cell" : " cells");
  }
  return text + ".";
}

'''+s[b:]
a=s.index('  const std::vector<Ratio> ratios = ratios_of(groups);\n'); 
s=s.replace('  const std::vector<Ratio> ratios = ratios_of(groups);\n','  const std::vector<Comparison> comparisons = compare_protocols(result);\n')
a=s.index('  std::vector<std::string> protos;\n'); b=s.index('  if (!text.empty()) return text;\n')
s=s[:a]+'''  std::vector<std::string> protos;
  for (const Comparison& c : comparisons) {
    if (std::find(protos.begin(), protos.end(), c.proto) == protos.end()) protos.push_back(c.proto);
  }
  for (const std::string& proto : protos) {
    const std::string sentence = ratio_sentence(comparisons, proto);
    if (!sentence.empty()) text += (text.empty() ? "" : " ") + sentence;
  }
'''+s[b:]
a=s.index('std::string ratio_table('); b=s.index('std::string figure_table(')
s=s[:a]+'''std::string ratio_table(const Result& result) {
  std::vector<Row> rows;
  bool known = true;
  std::string notes;
  for (const Comparison& c : compare_protocols(result)) {
    const std::string cell = upper(c.op) + " " + c.values;
    known = known && c.verdict;
    rows.push_back({cell, c.proto + (c.base == "tcp" ? "" : " / " + c.base), c.metric, fixed(c.ratio.value, 3) + "x",
                    c.ratio.low && c.ratio.high ? fixed(*c.ratio.low, 3) + " to " + fixed(*c.ratio.high, 3) : "-",
                    c.verdict ? to_text(*c.verdict) : "-", c.p ? fixed(*c.p, 4) : "-", std::to_string(c.blocks)});
    if (c.verdict == Verdict::kInconclusive && c.more_blocks) {
      notes += "<li>" + escaped(cell + " " + c.proto + " " + c.metric) + ": about " + std::to_string(*c.more_blocks) +
               " more blocks would settle it.</li>\\n";
    }
    for (const int outlier : c.outliers) {
      notes += "<li>" + escaped(cell + " " + c.proto + " " + c.metric) + ": one block is far from the others, at " +
               fixed(c.block_ratios[static_cast<std::size_t>(outlier)], 2) + "x; it counts all the same.</li>\\n";
    }
  }
  std::string html = html_table("Each protocol against TCP, ratios within blocks; better is more throughput or less latency",
                                {"cell", "protocol", "of", "ratio", "95 %", "verdict", "p", "blocks"}, rows, 3);
  if (!known) {
    html += "<p class=\\"note\\">Intervals and verdicts need " + std::to_string(kBlocksForInterval) + " blocks or more: --repeat " +
            std::to_string(kBlocksForInterval) + ".</p>\\n";
  }
  return html + (notes.empty() ? "" : "<ul class=\\"note\\">\\n" + notes + "</ul>\\n");
}

'''+s[b:]
s=s.replace('#include "report/explain.hh"','#include "report/compare.hh"\n#include "report/explain.hh"').replace('#include <algorithm>\n','#include <algorithm>\n#include <map>\n')
open(p,'w').write(s)
sub('src/report/table.hh',('''// The headline latency. Open loop: it counts from when the request was due, or a stall would hide the requests that it held up.
const Histogram& headline_latency(const Run& run);

''',''))
sub('src/report/table.cc',('const Histogram& headline_latency(const Run& run) { return run.rate_rps ? run.response : run.last_byte; }\n\n',''))
