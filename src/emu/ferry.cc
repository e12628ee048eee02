#include "emu/ferry.hh"

#include <sched.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <time.h>

#include <algorithm>
#include <cassert>
#include <string>
#include <utility>

#include "sys/error.hh"

namespace mpb {

namespace {

// The number of packets that are read from one end before due packets are sent. A read takes about
// a microsecond, so a flood at one end delays the packets of the others by tens of microseconds at
// most.
constexpr int kBatch = 16;

// A SCHED_FIFO thread that never sleeps starves all other threads on its core. So under a flood the
// ferry gives up 2 % of its time, before the real-time throttling of the kernel takes 5 % in one
// piece of 50 ms.
constexpr Nanos kRestWindow = 10ms;
constexpr Nanos kRest = 200us;
// A shorter wait was a poll, which gave the core to no other thread.
constexpr Nanos kShortestRest = 5us;

// The longest wait for a packet. A longer gap between the ends of two waits means that this thread
// did not run.
constexpr Nanos kLongestWait = 5ms;

// Of all links, so that one pool serves them.
std::size_t largest_packet(const std::vector<LinkEnds>& ends) {
  Bytes largest{};
  for (const LinkEnds& end : ends)
    largest = std::max({largest, end.spec.up.mtu, end.spec.down.mtu});
  return static_cast<std::size_t>(largest.count);
}

bool become_realtime() {
  const sched_param lowest{.sched_priority = sched_get_priority_min(SCHED_FIFO)};
  return sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &lowest) == 0;
}

Nanos thread_cpu() {
  timespec ts;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
  return Nanos{ts.tv_sec * 1'000'000'000LL + ts.tv_nsec};
}

}  // namespace

Ferry::Ferry(std::vector<LinkEnds> links, Seed seed, FerryTuning tuning)
    : tuning_(tuning),
      ends_(std::move(links)),
      epoll_(check(epoll_create1(EPOLL_CLOEXEC), "creating an epoll instance")),
      pool_(largest_packet(ends_)) {
  for (const LinkEnds& end : ends_) {
    const LinkSpec& spec = end.spec;
    lanes_.push_back({end.client.get(), end.server.get(), FlowCap(spec.up),
                      Link(spec.up, link_seed(seed, spec.name, Direction::kUp))});
    lanes_.push_back({end.server.get(), end.client.get(), FlowCap(spec.down),
                      Link(spec.down, link_seed(seed, spec.name, Direction::kDown))});
  }
  readable_.resize(lanes_.size());
  for (std::size_t i = 0; i < lanes_.size(); ++i) watch(lanes_[i].in, i);
}

void Ferry::watch(int fd, std::size_t index) {
  epoll_event event{.events = EPOLLIN, .data = {.u64 = index}};
  check(epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event),
        "watching descriptor " + std::to_string(fd));
}

void Ferry::on_readable(int fd, std::function<void()> fn) {
  watch(fd, lanes_.size() + callbacks_.size());
  callbacks_.push_back(std::move(fn));
}

void Ferry::run() {
  // By default the timers of a normal thread have a slack of 50 us, which would be the whole budget
  // for lateness.
  prctl(PR_SET_TIMERSLACK, 1);
  if (tuning_.realtime) sched_fifo_ = become_realtime();
  tuning_.on_set_up();
  window_start_ = seen_ = now();
  stopped_ = false;
  while (!stopped_) {
    wait();
    send_due();
    // Packets of two links often arrive together. The link that is served first would always be
    // faster, so they take turns.
    if (++first_ >= lanes_.size()) first_ = 0;
    for (std::size_t i = 0; i < lanes_.size(); ++i) {
      const std::size_t lane = (first_ + i) % lanes_.size();
      if (!readable_[lane]) continue;
      take_in(lanes_[lane]);
      // As many packets may leave as have arrived. If an overloaded ferry read faster than it
      // writes, its backlog would grow to seconds and never shrink. If it reads too slowly, the TUN
      // drops packets, which the result shows.
      send_due();
    }
  }
}

// Sleeps until a descriptor is readable or a packet is due, kLongestWait at most. A descriptor that
// still has packets after one round stays readable, so none is forgotten.
void Ferry::wait() {
  std::fill(readable_.begin(), readable_.end(), false);
  const Nanos before = now();
  const Lane* next = next_lane();
  // Without a packet, wake-ups are at multiples of kLongestWait on the clock. At that distance from
  // the last one, they would keep a phase from programs that ran before the load, and equal runs in
  // virtual time would differ.
  const Nanos due =
      next ? next->held.front().due - margin_ - before : kLongestWait - before % kLongestWait;
  Nanos pause = std::clamp(due, 0ns, kLongestWait);
  for (const Lane& lane : lanes_)
    if (const auto release = lane.cap.next()) pause = std::clamp(*release - before, 0ns, pause);

  std::array<epoll_event, 32> events;
  const auto wait_for = [&](Nanos time) {
    const timespec timeout = to_timespec(time);
    return epoll_pwait2(epoll_.get(), events.data(), events.size(), &timeout, nullptr);
  };
  // Packets that a poll finds have waited. A packet that ends a sleep arrives at its end.
  int count = wait_for(0ns);
  const bool slept = count == 0 && pause > 0ns;
  if (slept) count = wait_for(pause);
  if (count < 0 && errno != EINTR)
    throw SysError("waiting for packets (epoll_pwait2 needs Linux 5.11)");
  const Nanos after = now();
  gaps_.add(after - seen_);
  seen_ = after;
  if (count == 0 && next && pause > 0ns) learn_margin(after - before - pause);
  if (after - before > kShortestRest) rested_ += after - before;
  if (sched_fifo_) rest();

  for (int i = 0; i < count; ++i) {
    const epoll_event& event = events[static_cast<std::size_t>(i)];
    const std::size_t index = event.data.u64;
    if (index >= lanes_.size()) {
      callbacks_[index - lanes_.size()]();
    } else if (event.events & EPOLLIN) {
      readable_[index] = true;
    } else {
      // EPOLLERR or EPOLLHUP alone: this end is closed for good, and would end every further wait.
      // The control channel stays.
      epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, lanes_[index].in, nullptr);
    }
  }
  for (std::size_t i = 0; i < lanes_.size(); ++i) {
    if (slept || !readable_[i]) lanes_[i].empty_at = slept ? after : before;
  }
}

// A sleeping thread wakes late, in a virtual machine by tens of microseconds. So the ferry sets its
// timer earlier, by a margin that follows its recent lateness, and polls for the rest, 20 us at
// most. Three rounds of link_lateness at 2 x 100 Mbit both ways with SCHED_FIFO, in a nested
// virtual machine that was busy with other work, gave: median lateness 20 to 27 us without the
// margin and 0.4 to 7 us with it; p99 65 to 102 us and 29 to 90 us; 62 to 79 % and 74 to 78 % of a
// core. A limit of 50 us brought no clear gain, and a ferry without SCHED_FIFO would poll while
// other threads want the core. The margin follows the 80th percentile of wake-up times: it rises by
// four steps if a wake-up took longer, and falls by one step otherwise.
void Ferry::learn_margin(Nanos late) {
  constexpr Nanos kStep = 250ns;
  margin_ = std::clamp(margin_ + (late > margin_ ? 4 * kStep : -kStep), 0ns, tuning_.most_spin);
}

void Ferry::rest() {
  const Nanos at = now();
  if (at - window_start_ < kRestWindow) return;
  if (rested_ < kRest) {
    const timespec pause = to_timespec(kRest);
    nanosleep(&pause, nullptr);
  }
  window_start_ = now();
  rested_ = 0ns;
}

void Ferry::take_in(Lane& lane) {
  Nanos last = lane.empty_at;
  for (int i = 0; i < kBatch; ++i) {
    std::byte* slot = pool_.take();
    std::array<std::byte, 1> bin;
    // Without memory the packet is still read, and lost. Otherwise the descriptor would stay
    // readable, and this thread would spin.
    const ssize_t length =
        slot ? ::read(lane.in, slot, pool_.slot_size()) : ::read(lane.in, bin.data(), bin.size());
    const bool taken = slot && length > 0;
    if (taken) {
      const Nanos arrival = last = now();
      read_delay_.record(arrival - lane.empty_at);
      if (accept(lane, arrival, slot, static_cast<std::uint32_t>(length))) continue;
    } else if (length > 0 || (length < 0 && errno == EFAULT)) {
      ++lane.overflowed;  // EFAULT: the packet is larger than the buffer
      if (capture_ != nullptr)
        capture_->entered(number_of(lane), now(), nullptr, 0, Drop::kNoMemory);
    }
    if (slot) pool_.give_back(slot);
    if (length == 0) epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, lane.in, nullptr);
    if (!taken) {
      lane.empty_at = last;
      return;
    }
  }
}

// False if the packet is lost, so that its slot is free again.
bool Ferry::accept(Lane& lane, Nanos arrival, std::byte* slot, std::uint32_t length) {
  if (!lane.cap.is_on()) return enter_link(lane, {arrival, slot, length, arrival});
  const bool accepted = lane.cap.offer(arrival, slot, length);
  if (capture_ != nullptr && !accepted)
    capture_->entered(number_of(lane), arrival, slot, length, Drop::kFlowCap);
  release(lane, arrival);
  return accepted;
}

bool Ferry::enter_link(Lane& lane, const FlowCap::Packet& packet) {
  const Departure verdict = lane.link.offer(packet.enters, {packet.length + kEthernetHeader.count});
  if (capture_ != nullptr) {
    capture_->entered(number_of(lane), packet.arrived, packet.slot, packet.length,
                      drop_of(verdict.fate));
  }
  if (verdict.fate != Fate::kLeaves) return false;
  lane.held.push({verdict.leaves, packet.slot, packet.length});
  return true;
}

// Lets the packets that the cap has held back until now enter the link.
void Ferry::release(Lane& lane, Nanos at) {
  while (const auto packet = lane.cap.take(at)) {
    if (!enter_link(lane, *packet)) pool_.give_back(packet->slot);
  }
}

Ferry::Lane* Ferry::next_lane() {
  Lane* next = nullptr;
  for (Lane& lane : lanes_) {
    if (!lane.held.empty() && (!next || lane.held.front().due < next->held.front().due))
      next = &lane;
  }
  return next;
}

void Ferry::send_due() {
  for (Lane& lane : lanes_) {
    if (lane.cap.next()) release(lane, now());
  }
  for (int i = 0; i < kBatch; ++i) {
    Lane* lane = next_lane();
    const Nanos at = now();
    if (!lane || lane->held.front().due > at) return;
    send_front(*lane, at);
  }
}

void Ferry::send_front(Lane& lane, Nanos at) {
  const Held packet = lane.held.front();
  lane.held.pop();
  lateness_.record(at - packet.due);
  const bool taken =
      ::write(lane.out, packet.slot, packet.length) == static_cast<ssize_t>(packet.length);
  if (capture_ != nullptr)
    capture_->left(number_of(lane), at, packet.slot, packet.length,
                   taken ? Drop::kNone : Drop::kInterfaceDown);
  if (taken) {
    ++lane.delivered;
    lane.delivered_bytes += packet.length + static_cast<std::uint64_t>(kEthernetHeader.count);
  } else {
    ++lane.write_errors;
  }
  pool_.give_back(packet.slot);
}

std::optional<CaptureReport> Ferry::end_capture() {
  if (capture_ == nullptr) return std::nullopt;
  const Snapshot at_end = snapshot();
  return CaptureReport{std::exchange(capture_, nullptr)->finish(), at_end};
}

bool Ferry::set(const LinkSpec& spec) {
  for (std::size_t i = 0; i < ends_.size(); ++i) {
    if (ends_[i].spec.name != spec.name) continue;
    const Nanos at = now();
    for (const bool down : {false, true}) {
      Lane& lane = lanes_[2 * i + (down ? 1 : 0)];
      const LinkModel& model = down ? spec.down : spec.up;
      release(lane, at);
      lane.cap.set(model);
      lane.link.set(at, model);
    }
    return true;
  }
  return false;
}

void Ferry::start_traces(Nanos at) {
  for (Lane& lane : lanes_) lane.link.start_trace(now(), at);
}

DirectionSnapshot Ferry::snapshot_of(Lane& lane, Nanos at) {
  release(lane, at);  // those that entered before `at` must not find the queue of a later time
  const LinkCounters& counters = lane.link.counters();
  const FlowCapCounters& capped = lane.cap.counters();
  const QueueDepth queue = lane.link.depth(at);
  const auto waiting = static_cast<std::uint64_t>(capped.waiting);
  const auto waiting_bytes = static_cast<std::uint64_t>(capped.waiting_bytes);
  const DirectionSnapshot snapshot{
      .packets = counters.packets + capped.dropped + waiting + lane.overflowed,
      .bytes = counters.bytes + capped.dropped_bytes + waiting_bytes,
      .lost = counters.lost,
      .tail_dropped = counters.tail_dropped,
      .blackholed = counters.blackholed,
      .flow_dropped = capped.dropped,
      .in_flight = lane.held.size() + waiting,
      .delivered = lane.delivered,
      .delivered_bytes = lane.delivered_bytes,
      .write_errors = lane.write_errors,
      .overflowed = lane.overflowed,
      .queue_packets = queue.packets + capped.waiting,
      .queue_bytes = queue.bytes.count + capped.waiting_bytes,
      .flow_waiting = waiting};
  assert(snapshot.adds_up());
  return snapshot;
}

void Ferry::reset_lateness() {
  lateness_.clear();
  read_delay_.clear();
  gaps_ = {};
}

Snapshot Ferry::snapshot() {
  const Nanos at = now();
  Gaps gaps = gaps_;
  gaps.add(at - seen_);
  Snapshot all{.at = at,
               .cpu = thread_cpu(),
               .sched_fifo = sched_fifo_,
               .longest_gap = gaps.longest,
               .gaps = gaps.sum};
  const auto summary = [](const Histogram& histogram) {
    return LatenessSnapshot{histogram.count(), histogram.quantile(0.5), histogram.quantile(0.99),
                            histogram.max()};
  };
  all.lateness = summary(lateness_);
  all.read_delay = summary(read_delay_);
  for (std::size_t i = 0; i < ends_.size(); ++i) {
    all.links.push_back(
        {ends_[i].spec.name, snapshot_of(lanes_[2 * i], at), snapshot_of(lanes_[2 * i + 1], at)});
  }
  return all;
}

}  // namespace mpb
