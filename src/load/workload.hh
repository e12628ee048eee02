// What is asked of the store: a workload, read from JSON, and one cell of its matrix, which is one
// run.
//
// A workload file holds any of the fields below; what it leaves out keeps its default. Quantities
// carry their unit in the value ("10s", "4k", "20000/s") and counts are numbers. A field that is
// not known is refused, with the nearest one that is. workloads/README.md documents the schema.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "load/mix.hh"
#include "net/socket.hh"
#include "result/parameters.hh"
#include "sys/units.hh"

namespace mpb {

struct LoadParameters {
  Keys keys;
  std::uint64_t keyspace = 1000;
  int connections = 50;
  int threads = 1;
  int pipeline = 1;
  std::optional<double> rate;  // requests a second, all threads together; a closed loop when absent
  Arrivals arrivals = Arrivals::kPoisson;
  Nanos duration = 10s;
  Nanos warmup = 2s;
  Nanos timeout = 30s;  // of a request, and of a connect

  bool operator==(const LoadParameters&) const = default;
};

// The table of these parameters. Whatever reads, overrides, passes on or records them loops over
// it: workload files, the options of the main command and of `load`, the command lines of the loads
// that an experiment starts, and its result. A new one is a member above, a row, and its effect; to
// be recorded, it is a field of WorkloadRecord too.
struct LoadField {
  enum class Kind { kCount, kQuantity, kWord };  // a file may hold a quantity as a number too

  const char* name;    // in a workload file
  const char* letter;  // "-c", or ""
  const char* option;  // "--connections"
  const char* help;    // of the main command's option, which overrides the file; or null: no option
  const char* load_help;  // the same of `load`
  Kind kind;
  const char* example;  // of the file's text
  std::uint64_t most;   // of a count: from 1 on
  bool open_loop;       // without a rate it means nothing
  void (*read)(LoadParameters& parameters, const std::string& text);  // throws BadInput
  std::string (*text)(const LoadParameters& parameters);  // as `load` takes it: a bare rate
  void (*record)(WorkloadRecord& record, const LoadParameters& parameters);
};

// In the order in which --help lists them.
std::span<const LoadField> load_fields();
const LoadField* find_load_field(std::string_view name);  // null when there is none

// What an experiment is about: requests of clients, or a replica that copies its primary.
enum class WorkloadKind { kRequests, kReplicaSync };

struct Workload : LoadParameters {
  std::string description;
  WorkloadKind kind = WorkloadKind::kRequests;
  Bytes data{64 << 20};  // what a replica has to copy
  std::vector<Op> ops{{100}, {0}};
  std::vector<ValueSize> sizes{parse_value_size("1k"), parse_value_size("4k"),
                               parse_value_size("16k")};

  bool operator==(const Workload&) const = default;
};

// Throw BadInput: "FILE: /json/pointer: what is wrong; the remedy".
Workload parse_workload(std::string_view json, const std::string& file);
Workload read_workload(const std::string& file);

// One run: one cell of the matrix, where to and how.
struct LoadSpec : LoadParameters {
  Op op;
  ValueSize size = parse_value_size("4k");
  Transport transport = Transport::kTcp;
  Address address;
  std::vector<Address>
      further;  // the same store by other ways: connections take turns, the first goes to `address`
  std::vector<int> ways;        // of each connection: 0 is `address`; empty: they take turns
  std::string prefix = "mpb:";  // of every key we touch; at most kLongestPrefix (load/resp.hh)
  std::uint64_t seed = 1;
  std::string password;  // AUTH when not empty; never printed, never in a result
  int db = 0;
  int expected_subflows =
      0;                  // of every MPTCP connection before the run starts; 0: do not wait for any
  Nanos sample_every{0};  // rows of the timeline; 0: none is taken
  std::vector<Nanos> marks;  // since the window opened, ascending: where its segments begin

  LoadSpec() = default;
  LoadSpec(const Workload& workload, Op an_op, ValueSize a_size)
      : LoadParameters(workload), op(an_op), size(std::move(a_size)) {}
};

// Throws BadInput when the parameters cannot be run together: counts out of range, more threads
// than connections.
void check_parameters(const LoadParameters& parameters);

}  // namespace mpb
