// The requests that the store receives: a workload, read from JSON, and one cell of its matrix,
// which is one run.
//
// A workload file contains any of the fields below; a missing field has its default. The value of a
// quantity contains its unit ("10s", "4k", "20000/s"); a count is a number. An unknown field is
// refused, and the message suggests the nearest one. workloads/README.md documents the schema.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "load/mix.hh"
#include "load/split.hh"
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
  int requests_per_connection = 0;  // after which a connection is replaced; 0: never
  std::optional<double> rate;       // requests per second of all threads; absent: a closed loop
  Arrivals arrivals = Arrivals::kPoisson;
  Nanos duration = 10s;
  Nanos warmup = 2s;
  Nanos timeout = 30s;  // of a request or a connect

  bool operator==(const LoadParameters&) const = default;
};

// The table of these parameters. All code that reads, overrides, passes on or records them loops
// over it: workload files, the options of the main command and of `load`, the command lines of the
// load generators that an experiment starts, and its result. A new parameter is a member above, a
// row, and its effect; to be recorded, it is a field of WorkloadRecord too.
struct LoadField {
  enum class Kind { kCount, kQuantity, kWord };  // a file may contain a quantity as a number too

  const char* name;       // in a workload file
  const char* letter;     // "-c", or ""
  const char* option;     // "--connections"
  const char* value;      // in --help: "N"
  const char* help;       // of the main command's option, which overrides the file; null: no option
  const char* load_help;  // of the option of `load`; null: no option
  Kind kind;
  const char* example;  // of the text in a file
  std::uint64_t most;   // the largest count; the smallest is 1
  bool open_loop;       // has no effect without a rate
  void (*read)(LoadParameters& parameters, const std::string& text);  // throws BadInput
  // For `load`: a rate without its unit; "" if the parameter is not set.
  std::string (*text)(const LoadParameters& parameters);
  void (*record)(WorkloadRecord& record, const LoadParameters& parameters);
};

// In the order in which --help lists them.
std::span<const LoadField> load_fields();
const LoadField* find_load_field(std::string_view name);  // null if there is none

// The subject of an experiment: requests of clients, or a replica that copies its primary.
enum class WorkloadKind { kRequests, kReplicaSync };

struct Workload : LoadParameters {
  std::string description;
  WorkloadKind kind = WorkloadKind::kRequests;
  Bytes data{64 << 20};  // that a replica has to copy
  std::vector<Op> ops{{100}, {0}};
  // Set-ups that compete, by their names; their settings are checked where they are used.
  std::map<std::string, Settings> variants;
  std::vector<ValueSize> sizes{parse_value_size("1k"), parse_value_size("4k"),
                               parse_value_size("16k")};

  bool operator==(const Workload&) const = default;
};

// Both throw BadInput: "FILE: /json/pointer: REASON; REMEDY".
Workload parse_workload(std::string_view json, const std::string& file);
Workload read_workload(const std::string& file);

// One of several hosts that offer a load together: each has its share of the connections and of the
// rate, and as many threads as the load says.
struct Part {
  int index = 0;  // from 0
  int of = 1;

  bool operator==(const Part&) const = default;
};

Part parse_part(const std::string& text);  // "2/4", which is {1, 4}; throws BadInput
std::string to_text(Part part);

// One run: a cell of the matrix, the addresses of the store, and the connections.
struct LoadSpec : LoadParameters {
  Op op;
  ValueSize size = parse_value_size("4k");
  Transport transport = Transport::kTcp;
  Address address;
  // Other addresses of the same store. Connections take turns, the first one goes to `address`.
  std::vector<Address> further;
  std::vector<int> ways;        // by connection: 0 is `address`; empty: they take turns
  std::string prefix = "mpb:";  // of every key of the load; at most kLongestPrefix (load/resp.hh)
  std::uint64_t seed = 1;
  std::string password;  // sent with AUTH unless empty; never printed, and never in a result
  int db = 0;
  int expected_subflows = 0;  // of every MPTCP connection before the run starts; 0: do not wait
  Nanos sample_every{0};      // the interval of the timeline; 0: no timeline
  std::vector<Nanos> marks;   // the starts of segments, in order, since the start of the window
  Part part;                  // of the connections and the rate, which are those of all parts

  int connections_of_part() const { return even_share(connections, part.index, part.of); }
  bool account = false;  // count the bytes of each path, and all requests

  LoadSpec() = default;
  LoadSpec(const Workload& workload, Op an_op, ValueSize a_size)
      : LoadParameters(workload), op(an_op), size(std::move(a_size)) {}
};

// Throws BadInput if the parameters cannot be run: counts out of range, more threads than
// connections.
void check_parameters(const LoadParameters& parameters);

// Throws BadInput if one of N hosts would have a thread without a connection.
void check_hosts(const LoadParameters& parameters, int hosts);

}  // namespace mpb
