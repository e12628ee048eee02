// Whole files: read one, or replace one atomically, so that a reader sees either the old text or
// the new one. `option` is the option that named the file, for the remedy of an error.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "sys/fd.hh"
#include "sys/units.hh"

namespace mpb {

// A file is read into memory as a whole. Results are the largest files: one of 1,000 blocks is
// smaller than this limit.
constexpr Bytes kLargestFile{std::int64_t{1} << 30};
// The limit of files that people write: scenarios, workloads, rules of a gate, published figures.
// The longest sensible one, a scenario of 1,000 events that all change every field, takes about
// half of it.
constexpr Bytes kLargestByHand{std::int64_t{1} << 20};

// Throws BadInput ("netns/x.json: cannot be read: No such file or directory") if the file cannot be
// read or is larger than `limit`.
std::string read_file(const std::string& path, Bytes limit = kLargestFile);

// The first line of a small file such as those in /proc and /sys, without its newline; "" if the
// file is empty or missing.
std::string first_line(const std::string& path);

// Writes to an unnamed file in the same directory (O_TMPFILE), syncs, then links it into place. A
// full disk or a signal therefore leaves the old file complete and creates no new one. The same is
// true of a SIGKILL, and of a disk so slow that the program ends before the write, with two
// exceptions: the two system calls that replace an existing file, and the whole write on a file
// system without O_TMPFILE. Then "PATH.partial" may remain, and the next write replaces it. Throws
// SysError ("writing results/x.json: No space left on device").
void replace_file(const std::string& path, std::string_view text,
                  std::string_view option = "-o FILE");

// Receives a text in pieces.
using Sink = std::function<void(std::string_view piece)>;

// As above, for a text that is not in memory as a whole: `write` passes its pieces to the sink.
void replace_file(const std::string& path, const std::function<void(const Sink& sink)>& write,
                  std::string_view option = "-o FILE");

// A file that receives its bytes over a long time, perhaps from another process, and appears at its
// path when it is complete. Until then it has no name, with the exceptions of replace_file().
class NewFile {
 public:
  // Throws like replace_file().
  explicit NewFile(std::string path, std::string_view option = "-o FILE");
  ~NewFile();
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;

  int fd() const { return fd_.get(); }

  // Syncs it, and replaces the file at the path. The caller holds an InterruptsHeld.
  void publish();

  // Throws the error of replace_file() for this error number of a write.
  [[noreturn]] void fail(int code) const;

 private:
  std::string path_;
  std::string option_;
  Fd fd_;
  bool has_partial_name_ = false;
};

// Throws BadInput if replace_file(path) would fail, so that an hour of measurement is not lost.
void check_writable(const std::string& path, std::string_view option = "-o FILE");

// The present time as part of a file's name: "20260102T030405Z".
std::string time_for_name();

// The path of the program's own executable.
std::string self_path();

// The path of a program of ours that only this one starts: next to it, as in a build folder, or in
// the installation's libexec folder. "" if the build has none of this name.
std::string helper_program(const std::string& name);

// The folder of the running program, and the folders for which the build was configured.
struct Installation {
  std::string folder;
  std::string bindir;
  std::string datadir;
};

// The folder of the program's data: `kind` is "netns", "workloads", "plots" or "results". A build
// folder contains a file mptcp-bench.source with the relative path of the source tree, which has
// the data. Without this file, the program is an installed one. Throws BadInput if there is no such
// folder.
std::string data_folder(const std::string& kind);
std::string data_folder(const std::string& kind, const Installation& installation);

}  // namespace mpb
