// Whole files: read one, or replace one so that a reader sees either the old text or the new, never half of it.
#pragma once

#include <string>
#include <string_view>

namespace mpb {

// Throws BadInput ("netns/x.json: No such file or directory") when it cannot be read.
std::string read_file(const std::string& path);

// The first line of a small file such as those in /proc and /sys, without its newline; "" when there is none.
std::string first_line(const std::string& path);

// Writes to an unnamed file in the same directory (O_TMPFILE), syncs, then links it into place: a full disk or a signal leaves the old file
// whole and no new one. So does a SIGKILL, but for the two system calls in which a file that exists is replaced (and the whole write on a
// file system without O_TMPFILE): then "PATH.partial" may stay, and the next write takes it over. Throws SysError ("writing results/x.json:
// No space left on device").
void replace_file(const std::string& path, std::string_view text);

// Throws BadInput when replace_file(path) could not work: said before an hour of measurement, not after it.
void check_writable(const std::string& path);

// The program's own executable, and the folder of its data: `kind` is "netns" or "workloads". Looks beside the build directory first,
// then where an installation puts it.
std::string self_path();
std::string data_folder(const std::string& kind);

}  // namespace mpb
