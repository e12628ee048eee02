#include "sys/lines.hh"

#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace mpb {

std::optional<std::string> LineReader::take_line() {
  const std::size_t end = buffer_.find('\n', searched_);
  searched_ = end == std::string::npos ? buffer_.size() : 0;
  if (end == std::string::npos) return std::nullopt;
  std::string line = buffer_.substr(0, end);
  buffer_.erase(0, end + 1);
  return line;
}

std::optional<std::string> LineReader::next(Nanos timeout) {
  const Nanos deadline = now() + timeout;
  while (true) {
    if (auto line = take_line()) return line;
    if (ended_) return std::nullopt;
    const timespec left = to_timespec(std::max(deadline - now(), Nanos{0}));
    pollfd readable{fd_.get(), POLLIN, 0};
    const int rc = ppoll(&readable, 1, &left, nullptr);
    if (rc == 0) return std::nullopt;
    if (rc < 0 && errno != EINTR) ended_ = true;
    if (rc <= 0) continue;
    std::array<char, 65536> chunk;
    const ssize_t n = read(fd_.get(), chunk.data(), chunk.size());
    if (n > 0) buffer_.append(chunk.data(), static_cast<std::size_t>(n));
    if (n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN)) ended_ = true;
  }
}

}  // namespace mpb
