// Whole files: read one, or replace one so that a reader sees either the old text or the new, never
// half of it.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "sys/units.hh"

namespace mpb {

// What is read is all in memory. The largest files are results: one of 1,000 blocks takes less.
constexpr Bytes kLargestFile{std::int64_t{1} << 30};
// Of files that people write: scenarios, workloads, rules of a gate, published figures. The longest
// that makes sense, a scenario of 1,000 events that all change every field, takes about half of it.
constexpr Bytes kLargestByHand{std::int64_t{1} << 20};

// Throws BadInput ("netns/x.json: No such file or directory") when it cannot be read or is larger
// than `most`.
std::string read_file(const std::string& path, Bytes most = kLargestFile);

// The first line of a small file such as those in /proc and /sys, without its newline; "" when
// there is none.
std::string first_line(const std::string& path);

// Writes to an unnamed file in the same directory (O_TMPFILE), syncs, then links it into place: a
// full disk or a signal leaves the old file whole and no new one. So does a SIGKILL, or a disk so
// slow that the program ends before the write does, but for the two system calls in which a file
// that exists is replaced (and the whole write on a file system without O_TMPFILE): then
// "PATH.partial" may stay, and the next write takes it over. Throws
// SysError ("writing results/x.json: No space left on device").
void replace_file(const std::string& path, std::string_view text);

// Takes a text piece by piece.
using Sink = std::function<void(std::string_view piece)>;

// The same of a text that need not be in memory at once: `write` hands its pieces to the sink.
void replace_file(const std::string& path, const std::function<void(const Sink& sink)>& write);

// Throws BadInput when replace_file(path) could not work: said before an hour of measurement, not
// after it.
void check_writable(const std::string& path);

// The program's own executable.
std::string self_path();

// The folder that a program is in, and those for which the build was configured.
struct Installation {
  std::string folder;
  std::string bindir;
  std::string datadir;
};

// The folder of the program's data: `kind` is "netns", "workloads", "plots" or "results". A build
// folder has a file mptcp-bench.source, which holds the relative path of the source tree: the data
// is there. Where this file is missing, the program is installed. Throws BadInput when there is no
// such folder.
std::string data_folder(const std::string& kind);
std::string data_folder(const std::string& kind, const Installation& installation);

}  // namespace mpb
