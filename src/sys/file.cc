#include "sys/file.hh"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <array>
#include <climits>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <vector>

#include "sys/error.hh"
#include "sys/interrupt.hh"

namespace mpb {

namespace fs = std::filesystem;

namespace {

std::string folder_of(const std::string& path) {
  const std::string folder = fs::path(path).parent_path().string();
  return folder.empty() ? "." : folder;
}

// The name that a file has before it is complete, on a file system without O_TMPFILE (NFS, some
// overlays). The next write replaces such a file.
std::string partial_name(const std::string& path) { return path + ".partial"; }

Fd open_unnamed(const std::string& path) {
  return Fd{open(folder_of(path).c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0644)};
}

void write_piece(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t n = check(::write(fd, text.data(), text.size()), "write");
    text.remove_prefix(static_cast<std::size_t>(n));
  }
}

// Writes the text in blocks, because its pieces may have only a few bytes.
void write_all(int fd, const std::function<void(const Sink& sink)>& write) {
  constexpr std::size_t kEnough = 65536;
  std::string gathered;
  write([&](std::string_view piece) {
    gathered += piece;
    if (gathered.size() < kEnough) return;
    write_piece(fd, gathered);
    gathered.clear();
  });
  write_piece(fd, gathered);
}

}  // namespace

std::string read_file(const std::string& path, Bytes limit) {
  std::ifstream file(path);
  const int error = errno;
  if (fs::is_directory(path)) throw BadInput(path + ": is a directory");
  if (!file) throw BadInput(fmt::format("{}: cannot be read: {}", path, std::strerror(error)));
  // The limit also ends the reading of a device such as /dev/zero, which has no end.
  std::string text;
  std::array<char, 65536> piece;
  while (file.read(piece.data(), piece.size()) || file.gcount() > 0) {
    text.append(piece.data(), static_cast<std::size_t>(file.gcount()));
    if (static_cast<std::int64_t>(text.size()) > limit.count) {
      throw BadInput(
          fmt::format("{}: is larger than {} MiB, the limit for such a file; name another file",
                      path, limit.count >> 20));
    }
  }
  return text;
}

std::string first_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

void replace_file(const std::string& path, std::string_view text, std::string_view option) {
  replace_file(
      path, [text](const Sink& sink) { sink(text); }, option);
}

void replace_file(const std::string& path, const std::function<void(const Sink& sink)>& write,
                  std::string_view option) {
  const InterruptsHeld held;
  NewFile file(path, option);
  try {
    write_all(file.fd(), write);
  } catch (const SysError& error) {
    file.fail(error.code().value());
  }
  file.publish();
}

NewFile::NewFile(std::string path, std::string_view option)
    : path_(std::move(path)), option_(option), fd_(open_unnamed(path_)) {
  if (fd_) return;
  const std::string partial = partial_name(path_);
  // Removes the remains of a killed program, or a symbolic link with this name.
  unlink(partial.c_str());
  fd_ = Fd{open(partial.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644)};
  if (!fd_ && errno == EEXIST)
    throw RunFailed(fmt::format("writing {}: {} is in the way; remove it", path_, partial));
  if (!fd_) fail(errno);
  has_partial_name_ = true;
}

NewFile::~NewFile() {
  if (has_partial_name_) unlink(partial_name(path_).c_str());
}

void NewFile::publish() {
  const std::string partial = partial_name(path_);
  try {
    check(fsync(fd_.get()), "fsync");
    if (!has_partial_name_) {
      const std::string unnamed = "/proc/self/fd/" + std::to_string(fd_.get());
      unlink(partial.c_str());
      // linkat(2) cannot replace an existing file. Such a file is replaced through a second name,
      // which exists for the time of two system calls.
      if (linkat(AT_FDCWD, unnamed.c_str(), AT_FDCWD, path_.c_str(), AT_SYMLINK_FOLLOW) == 0)
        return;
      check(linkat(AT_FDCWD, unnamed.c_str(), AT_FDCWD, partial.c_str(), AT_SYMLINK_FOLLOW),
            "linking");
      has_partial_name_ = true;
    }
    check(rename(partial.c_str(), path_.c_str()), "rename");
    has_partial_name_ = false;
  } catch (const SysError& error) {
    fail(error.code().value());
  }
}

void NewFile::fail(int code) const {
  if (code == ENOSPC || code == EDQUOT)
    throw RunFailed(fmt::format("writing {}: {}; make room, or choose another place with {}", path_,
                                std::strerror(code), option_));
  throw SysError("writing " + path_, code);
}

void check_writable(const std::string& path, std::string_view option) {
  // A result replaces the file that has its name, so a device or a symbolic link would be lost.
  std::error_code none;
  const fs::file_status status = fs::symlink_status(path, none);
  if (fs::is_directory(status)) throw BadInput(path + ": is a directory; name a file");
  if (fs::exists(status) && !fs::is_regular_file(status))
    throw BadInput(fmt::format("{}: is not a regular file; name one{}", path,
                               option == "-o FILE" ? ", or use --json for stdout" : ""));
  const std::string folder = folder_of(path);
  if (access(folder.c_str(), W_OK | X_OK) < 0) {
    throw BadInput(fmt::format("{}: cannot write to {}: {}; choose another folder with {}", path,
                               folder, std::strerror(errno), option));
  }
}

std::string time_for_name() {
  const std::time_t seconds = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char stamp[32];
  std::strftime(stamp, sizeof stamp, "%Y%m%dT%H%M%SZ", &parts);
  return stamp;
}

std::string self_path() {
  std::array<char, PATH_MAX> buffer;
  const ssize_t n =
      check(readlink("/proc/self/exe", buffer.data(), buffer.size()), "reading /proc/self/exe");
  return {buffer.data(), static_cast<std::size_t>(n)};
}

std::string helper_program(const std::string& name) {
  const fs::path here = fs::path(self_path()).parent_path();
  const fs::path installed = MPB_LIBEXECDIR;
  // The relative path first, as for data_folder().
  for (const fs::path& folder :
       {here, here / installed.lexically_relative(MPB_BINDIR), installed}) {
    const std::string path = (folder / name).lexically_normal().string();
    if (access(path.c_str(), X_OK) == 0) return path;
  }
  return "";
}

std::string data_folder(const std::string& kind) {
  return data_folder(kind, {fs::path(self_path()).parent_path(), MPB_BINDIR, MPB_DATADIR});
}

std::string data_folder(const std::string& kind, const Installation& installation) {
  const fs::path here = installation.folder;
  std::vector<fs::path> parents;
  if (const std::string source = first_line(here / "mptcp-bench.source"); !source.empty()) {
    parents = {here / source};
  } else {
    // The relative path from bindir to datadir has precedence, because an installation may have
    // been moved as a whole.
    const fs::path datadir = installation.datadir;
    parents = {here / datadir.lexically_relative(installation.bindir), datadir};
  }
  std::string searched;
  for (const fs::path& parent : parents) {
    const std::string folder = (parent / kind).lexically_normal().string();
    if (fs::is_directory(folder)) return folder;
    if (searched != folder) searched += (searched.empty() ? "" : " or ") + folder;
  }
  throw BadInput(fmt::format(
      "cannot find the program's data: there is no folder {}; name a file instead", searched));
}

}  // namespace mpb
