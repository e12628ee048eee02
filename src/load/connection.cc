#include "load/connection.hh"

#include <sys/socket.h>

#include <cerrno>

namespace mpb {

bool Connection::open(const Address& address, Transport transport, Nanos now) {
  fd_ = open_stream(address.family(), transport);
  since = now;
  left_ = most_requests_;
  state = State::kConnecting;
  return connect_start(fd_.get(), address) || errno == EINPROGRESS;
}

void Connection::close() {
  fd_.reset();
  state = State::kDown;
  head_ = count_ = unsent_ = partly_ = 0;
  awaited = 0;
  blocked = settled = false;
  partial.clear();
}

void Connection::push(const Request& request) {
  std::size_t at = head_ + count_;
  if (at >= ring_.size()) at -= ring_.size();
  ring_[at] = request;
  ++count_;
  ++unsent_;
  --left_;
}

void Connection::pop() {
  if (++head_ == ring_.size()) head_ = 0;
  --count_;
}

Connection::Sent Connection::flush(RequestWriter& writer) {
  while (unsent_ > 0) {
    writer.clear();
    std::size_t at = (head_ + count_ - unsent_) % ring_.size();
    const std::size_t first = at;
    for (std::size_t i = 0; i < unsent_ && !writer.full(); ++i) {
      writer.add(ring_[at], i == 0 ? partly_ : 0);
      if (++at == ring_.size()) at = 0;
    }
    msghdr message{};
    message.msg_iov = const_cast<iovec*>(writer.pieces());
    message.msg_iovlen = static_cast<std::size_t>(writer.piece_count());
    // A GET is one piece. For one piece send() is cheaper by some per cent of a request, because
    // the kernel does not have to read a msghdr.
    const ssize_t sent = writer.piece_count() == 1 ? send(fd_.get(), message.msg_iov->iov_base,
                                                          message.msg_iov->iov_len, MSG_NOSIGNAL)
                                                   : sendmsg(fd_.get(), &message, MSG_NOSIGNAL);
    if (sent < 0) return errno == EAGAIN || errno == EINTR ? Sent::kBlocked : Sent::kFailed;
    std::size_t left = static_cast<std::size_t>(sent);
    for (at = first; unsent_ > 0;) {
      const std::size_t due = writer.wire_size(ring_[at]) - partly_;
      if (left < due) {
        partly_ += left;
        break;
      }
      left -= due;
      partly_ = 0;
      --unsent_;
      if (++at == ring_.size()) at = 0;
    }
    // The kernel accepted only a part, so its buffer is full, and another call would return EAGAIN.
    if (static_cast<std::size_t>(sent) < writer.bytes()) return Sent::kBlocked;
  }
  return Sent::kAll;
}

bool Connection::send_command(std::string_view bytes, int replies) {
  awaited += replies;
  return send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
         static_cast<ssize_t>(bytes.size());
}

}  // namespace mpb
