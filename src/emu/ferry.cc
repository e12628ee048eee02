#include "emu/ferry.hh"

#include <sched.h>
#include <sys/epoll.h>
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
  due_.resize(lanes_.size() + 1, Nanos::max());  // never empty, so that it has a minimum
  for (std::size_t i = 0; i < lanes_.size(); ++i) {
    watch(lanes_[i].in, i, EPOLLIN);
    watch(lanes_[i].alarm.fd(), lanes_.size() + i, EPOLLIN | EPOLLET);
  }
  for (const Alarm* alarm : {&tick_, &release_})
    watch(alarm->fd(), 2 * lanes_.size(), EPOLLIN | EPOLLET);
}

// handle() knows what became ready by its index: the lanes come first, then their alarms, the two
// alarms that only end a sleep, and the callbacks.
void Ferry::watch(int fd, std::size_t index, std::uint32_t events) {
  epoll_event event{.events = events, .data = {.u64 = index}};
  check(epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event),
        "watching descriptor " + std::to_string(fd));
}

void Ferry::on_readable(int fd, std::function<void()> fn) {
  watch(fd, 2 * lanes_.size() + 1 + callbacks_.size(), EPOLLIN);
  callbacks_.push_back(std::move(fn));
}

void Ferry::run() {
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
  std::array<epoll_event, 32> events;
  const auto wait_for = [&](int milliseconds) {
    return epoll_wait(epoll_.get(), events.data(), events.size(), milliseconds);
  };
  // Packets that a poll finds have waited. A packet that ends a sleep arrives at its end.
  int count = wait_for(0);
  const std::size_t next = next_lane();
  const Nanos release = next_release();
  const bool slept = count == 0 && due_[next] - margin_ > before && release > before;
  if (slept) {
    if (release < Nanos::max()) release_.set(release);
    // At multiples on the clock. At that distance from the start, wake-ups would keep a phase from
    // programs that ran before the load, and equal runs in virtual time would differ.
    if (tick_at_ <= before) {
      tick_at_ = before + kLongestWait - before % kLongestWait;
      tick_.set(tick_at_);
    }
    // It has no alarm if another packet was to leave shortly before, or if the alarm rang already,
    // because the margin was longer when it was set.
    if (next < lanes_.size() && lanes_[next].rings_at == Nanos::max()) set_alarm(next, before);
    count = wait_for(-1);
  }
  if (count < 0 && errno != EINTR) throw SysError("waiting for packets");
  const Nanos after = now();
  gaps_.add(after - seen_);
  seen_ = after;
  if (after - before > kShortestRest) rested_ += after - before;
  if (sched_fifo_) rest(after);

  // Another event may have ended the sleep before the alarm.
  const bool by_alarm = slept && count == 1;
  for (int i = 0; i < count; ++i) handle(events[static_cast<std::size_t>(i)], after, by_alarm);
  for (std::size_t i = 0; i < lanes_.size(); ++i) {
    if (slept || !readable_[i]) lanes_[i].empty_at = slept ? after : before;
  }
}

void Ferry::handle(const epoll_event& event, Nanos at, bool woke) {
  const std::size_t lanes = lanes_.size();
  const std::size_t index = event.data.u64;
  if (index < lanes && event.events & EPOLLIN) {
    readable_[index] = true;
  } else if (index < lanes) {
    // EPOLLERR or EPOLLHUP alone: this end is closed for good, and would end every further wait.
    // The control channel stays.
    epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, lanes_[index].in, nullptr);
  } else if (index < 2 * lanes) {
    Lane& lane = lanes_[index - lanes];
    if (lane.rings_at > at) return;  // it was set again after it rang
    if (woke) learn_margin(at - lane.rings_at);
    lane.rings_at = Nanos::max();
  } else if (index > 2 * lanes) {
    callbacks_[index - 2 * lanes - 1]();
  }
}

// Each direction has its own alarm, which is set when a packet becomes its next, while the alarms
// of the others ring earlier. The timer of the CPU is then programmed once for a departure, when
// the kernel goes from one alarm to the next. A timeout of epoll_pwait2 would program it before
// each sleep and again after it, which takes 7 us each in a virtual machine
// (docs/decisions/0006-the-cost-of-the-emulator.md).
//
// A packet that leaves so soon after another one that the ferry will not sleep in between needs no
// alarm.
void Ferry::set_alarm(std::size_t index, Nanos at) {
  const Nanos wake = due_[index] - margin_;
  if (wake <= at) return;
  for (std::size_t i = 0; i < lanes_.size(); ++i) {
    if (i != index && due_[i] > wake && due_[i] < due_[index]) return;
  }
  lanes_[index].alarm.set(wake);
  lanes_[index].rings_at = wake;
}

// A sleeping thread wakes late, in a virtual machine by tens of microseconds. So an alarm rings
// earlier, by a margin that follows the recent lateness of this machine, and the ferry polls for
// the rest, 20 us at most. In runs of link_lateness at 2 x 100 Mbit both ways with SCHED_FIFO, in a
// nested virtual machine without other work, limits of 15, 20 and 25 us gave: median lateness 0.2
// to 4.7 us, 0.2 us and 0.2 us; and 29 to 44 %, 32 to 38 % and 31 to 49 % of a core (6, 2 and 2
// runs). A ferry without SCHED_FIFO would poll while other threads want the core.
// The margin follows the 80th percentile of wake-up times: it rises by four steps if a wake-up took
// longer, and falls by one step otherwise.
void Ferry::learn_margin(Nanos late) {
  constexpr Nanos kStep = 250ns;
  margin_ = std::clamp(margin_ + (late > margin_ ? 4 * kStep : -kStep), 0ns, tuning_.most_spin);
}

void Ferry::rest(Nanos at) {
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
  if (lane.held.size() == 1) is_next(lane, packet.enters);
  return true;
}

// Lets the packets that the cap has held back until now enter the link.
void Ferry::release(Lane& lane, Nanos at) {
  while (const auto packet = lane.cap.take(at)) {
    if (!enter_link(lane, *packet)) pool_.give_back(packet->slot);
  }
}

// The next time at which a cap lets a packet go.
Nanos Ferry::next_release() const {
  Nanos next = Nanos::max();
  for (const Lane& lane : lanes_) next = std::min(next, lane.cap.next().value_or(next));
  return next;
}

std::size_t Ferry::next_lane() const {
  return static_cast<std::size_t>(std::min_element(due_.begin(), due_.end()) - due_.begin());
}

// The first packet of the lane is a new one.
void Ferry::is_next(Lane& lane, Nanos at) {
  const std::size_t index = number_of(lane);
  due_[index] = lane.held.empty() ? Nanos::max() : lane.held.front().due;
  if (!lane.held.empty()) set_alarm(index, at);
}

void Ferry::send_due() {
  for (Lane& lane : lanes_) {
    if (lane.cap.next()) release(lane, now());
  }
  for (int i = 0; i < kBatch; ++i) {
    const std::size_t lane = next_lane();
    const Nanos at = now();
    if (due_[lane] > at) return;
    send_front(lanes_[lane], at);
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
  is_next(lane, at);
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
