// The metrics.json of valkey-perf-benchmark, which it compares and pushes into its database. An
// entry is a run, as with its option --runs, because it computes intervals from entries that agree
// in all keys but the measurements.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "analysis/figure_names.hh"
#include "output/export/formats.hh"
#include "output/export/json_parts.hh"
#include "output/export/valkey_benchmark.hh"
#include "sys/numbers.hh"

namespace mpb {

namespace {

constexpr const char* kNull = "null";

struct Entry {
  std::string scenario;
  std::vector<std::pair<const char*, std::string>> members;  // the same names in every entry
};

std::string text_or_null(const std::optional<std::string>& text) {
  return text ? json_string(*text) : kNull;
}

// The database counts whole seconds.
std::string whole_seconds(Nanos time) {
  const auto whole = std::chrono::duration_cast<std::chrono::seconds>(time);
  return whole == time ? std::to_string(whole.count()) : kNull;
}

// "6.1.0-18-amd64" of "Linux 6.1.0-18-amd64 #1 SMP ...".
std::string kernel_release(const std::string& kernel) {
  const std::size_t start = kernel.find(' ') + 1;
  return kernel.substr(start, kernel.find(' ', start) - start);
}

// As the store reported it; other stores than Valkey and Redis do not.
std::string io_threads(const StoreInfo& store) {
  const auto found = store.configuration.find("io-threads");
  if (found == store.configuration.end()) return kNull;
  const std::string& text = found->second;
  int threads = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), threads);
  return error == std::errc() && end == text.data() + text.size() ? std::to_string(threads) : kNull;
}

// Its readers skip entries without a commit. In its table of releases a version stands there.
std::string commit_or_version(const Result& result, const ExportContext& context) {
  if (!context.commit.empty()) return context.commit;
  return name_part(result.store.kind + "-" + result.store.version);
}

void add_what_ran(const Result& result, const RunGroup& group, const Run& run, Entry& entry) {
  const WorkloadRecord& workload = result.workload;
  entry.members.insert(entry.members.end(),
                       {{"command", json_string(benchmark_test(result, group))},
                        {"data_size", std::to_string(run.value_bytes)},
                        {"pipeline", std::to_string(run.pipeline)},
                        {"clients", std::to_string(run.connections)},
                        {"benchmark_mode", json_string("duration")},
                        {"duration", whole_seconds(workload.duration)},
                        {"warmup", run.warmup ? kNull : whole_seconds(workload.warmup)},
                        {"valkey_benchmark_threads", std::to_string(run.threads)},
                        {"io_threads", io_threads(result.store)},
                        {"cluster_mode", "false"},
                        {"tls", "false"}});
}

// The keys by which its dashboard for modules selects and names its curves: a menu of
// configurations, one of groups, and a curve for each scenario.
void add_place(const Result& result, const RunGroup& group, std::size_t cell, Entry& entry) {
  const std::string number = std::to_string(cell);
  entry.members.insert(entry.members.end(),
                       {{"config_name", json_string(scenario_name(result))},
                        {"config_set", "{}"},
                        {"group", number},
                        {"group_description", json_string(cell_name(result, group))},
                        {"scenario", json_string(entry.scenario)},
                        {"test_id", json_string(number + "_" + entry.scenario)},
                        {"test_phase", json_string("test")},
                        {"status", json_string("success")}});
}

void add_machine(const Result& result, Entry& entry) {
  const Environment& environment = result.environment;
  entry.members.insert(
      entry.members.end(),
      {{"architecture", text_or_null(environment.architecture)},
       {"env_kernel_version", json_string(kernel_release(environment.kernel))},
       {"env_os", text_or_null(environment.os)},
       {"env_cpu_model", text_or_null(environment.cpu)},
       {"env_cpu_governor", text_or_null(environment.governor)},
       {"env_benchmark_tool_version", json_string("mptcp-bench " + result.tool_version)}});
}

Entry entry_of(const Analysis& analysis, const ExportContext& context, const RunGroup& group,
               std::size_t cell, const Run& run) {
  const Result& result = analysis.result;
  const std::string started = json_string(result.started);
  Entry entry{variant_name(result, group), {}};
  // Its dashboard for modules knows no other time than that of the module's commit.
  entry.members = {{"timestamp", started},
                   {"commit", json_string(commit_or_version(result, context))},
                   {"module_commit", kNull},
                   {"module_commit_timestamp", started}};
  add_what_ran(result, group, run, entry);
  for (const BenchmarkColumn& column : benchmark_columns()) {
    // With decimals, because the first number decides the type of a new column.
    const std::optional<double> value = benchmark_value(column, group, run);
    entry.members.emplace_back(column.name, value ? fixed(*value, column.decimals) : kNull);
  }
  add_place(result, group, cell, entry);
  add_machine(result, entry);
  return entry;
}

std::vector<Entry> entries_of(const Analysis& analysis, const ExportContext& context) {
  std::vector<Entry> entries;
  std::vector<std::string> cells;
  for (const RunGroup& group : analysis.groups) {
    const std::string name = cell_name(analysis.result, group);
    const auto cell = std::find(cells.begin(), cells.end(), name);
    const auto number = static_cast<std::size_t>(cell - cells.begin());
    if (cell == cells.end()) cells.push_back(name);
    for (const Run* run : group.valid)
      entries.push_back(entry_of(analysis, context, group, number, *run));
  }
  // The first entry decides the width of a new column, and longer texts would be refused.
  std::stable_sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return a.scenario.size() > b.scenario.size();
  });
  return entries;
}

// Which keys to write. A null is a missing value, but a key that is null in every entry is left
// out: its new column would be one of texts. The database knows the type of module_commit, and the
// dashboard for modules needs its column.
std::vector<bool> keys_to_write(const std::vector<Entry>& entries) {
  std::vector<bool> write;
  for (std::size_t i = 0; i < entries.front().members.size(); ++i) {
    write.push_back(entries.front().members[i].first == std::string_view("module_commit") ||
                    std::any_of(entries.begin(), entries.end(), [i](const Entry& entry) {
                      return entry.members[i].second != kNull;
                    }));
  }
  return write;
}

std::string valkey_perf_text(const std::vector<Entry>& entries) {
  const std::vector<bool> write = keys_to_write(entries);
  std::vector<std::string> objects;
  for (const Entry& entry : entries) {
    std::vector<std::string> members;
    for (std::size_t i = 0; i < write.size(); ++i) {
      if (write[i]) members.push_back(json_member(entry.members[i].first, entry.members[i].second));
    }
    objects.push_back(json_object(members));
  }
  return json_lines(objects, '[', ']', "") + "\n";
}

std::vector<ExportFile> valkey_perf_files(const Analysis& analysis, const ExportContext& context,
                                          ExportNotes& notes) {
  if (!has_requests(analysis.result, "valkey-perf", notes)) return {};
  const std::vector<Entry> entries = entries_of(analysis, context);
  if (entries.empty()) return {};
  return {{"metrics.json", valkey_perf_text(entries)}};
}

}  // namespace

extern const ExportFormat kValkeyPerf{"valkey-perf", valkey_perf_files};

}  // namespace mpb
