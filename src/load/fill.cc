// Fills the keyspace before a run, and removes it afterwards: every key once, in order, over one
// pipelined connection.
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>

#include <cstring>

#include "load/connection.hh"
#include "load/generator.hh"
#include "sys/error.hh"

namespace mpb {

namespace {

constexpr int kPipeline = 64;

class Sweep {
 public:
  Sweep(const LoadSpec& spec, const std::atomic<bool>& stop, std::string doing)
      : spec_(spec),
        stop_(stop),
        doing_(std::move(doing)),
        connection_(kPipeline),
        writer_(spec.prefix, block_),
        buffer_(64 * 1024) {
    if (!connection_.open(spec.address, Transport::kTcp, now())) fail(std::strerror(errno));
    wait(POLLOUT);
    if (const int error = take_error(connection_.fd())) fail(std::strerror(error));
    std::string greeting;
    int replies = 0;
    if (!spec.password.empty()) greeting += command({"AUTH", spec.password}), ++replies;
    if (spec.db != 0) greeting += command({"SELECT", std::to_string(spec.db)}), ++replies;
    if (!connection_.send_command(greeting, replies)) fail(std::strerror(errno));
  }

  // Sends the verb for every key. Returns the sum of the integer replies.
  std::uint64_t run(Verb verb) {
    std::uint64_t next = 0, sum = 0;
    while ((next < spec_.keyspace || connection_.in_flight() > 0 || connection_.awaited > 0) &&
           !stop_) {
      for (; next < spec_.keyspace && connection_.has_room(); ++next) {
        Request request;
        request.key = next;
        request.size = spec_.size.of(next);
        request.verb = verb;
        connection_.push(request);
      }
      const Connection::Sent sent = connection_.flush(writer_);
      if (sent == Connection::Sent::kFailed) fail(std::strerror(errno));
      if (wait(sent == Connection::Sent::kBlocked ? POLLIN | POLLOUT : POLLIN) & ~POLLOUT)
        sum += receive();
    }
    return sum;
  }

 private:
  [[noreturn]] void fail(const std::string& why) {
    throw RunFailed(fmt::format("{} {}: {}", doing_, spec_.address.text(), why));
  }

  short wait(int events) {
    pollfd waiting{connection_.fd(), static_cast<short>(events), 0};
    while (true) {
      if (stop_) return 0;
      // Counts from the last complete reply, so a store that sends single bytes has no more time
      // than a silent one.
      if (now() - answered_ >= spec_.timeout)
        fail(fmt::format("no answer within {}", to_text(spec_.timeout)));
      if (poll(&waiting, 1, 100) > 0) break;
    }
    return waiting.revents;
  }

  std::uint64_t receive() {
    const ssize_t n = recv(connection_.fd(), buffer_.data(), buffer_.size(), 0);
    if (n < 0 && errno == EAGAIN) return 0;
    if (n < 0) fail(std::strerror(errno));
    if (n == 0) fail("the store closed the connection");
    std::string_view bytes(buffer_.data(), static_cast<std::size_t>(n));
    std::uint64_t sum = 0;
    Reply reply;
    while (!bytes.empty()) {
      const ReplyReader::Next got = reader_.next(connection_.partial, bytes, reply);
      if (got == ReplyReader::Next::kMore) break;
      answered_ = now();
      if (got == ReplyReader::Next::kBroken) fail("it does not speak the Redis protocol");
      if (reply.kind == Reply::Kind::kError) fail(reply.text.data());
      if (connection_.awaited > 0) {
        --connection_.awaited;
      } else if (connection_.front_is_sent()) {
        connection_.pop();
        if (reply.kind == Reply::Kind::kInteger) sum += static_cast<std::uint64_t>(reply.integer);
      } else {
        fail("it sent a reply that belongs to no request");
      }
    }
    return sum;
  }

  const LoadSpec& spec_;
  const std::atomic<bool>& stop_;
  const std::string doing_;
  ValueBlock block_;
  Connection connection_;
  ReplyReader reader_{largest_reply(0)};
  RequestWriter writer_;
  std::vector<char> buffer_;
  Nanos answered_ = now();
};

}  // namespace

void fill(const LoadSpec& spec, const std::atomic<bool>& stop) {
  check_parameters(spec);
  Sweep(spec, stop, "filling the keyspace of").run(Verb::kSet);
}

std::uint64_t cleanup(const LoadSpec& spec, const std::atomic<bool>& stop) {
  check_parameters(spec);
  return Sweep(spec, stop, "removing our keys from").run(Verb::kDel);
}

}  // namespace mpb
