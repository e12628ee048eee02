#include "experiment/watch.hh"

#include <algorithm>

#include "experiment/capacity.hh"
#include "experiment/competing.hh"
#include "experiment/judge_host.hh"
#include "experiment/store_talk.hh"
#include "sys/cpu.hh"

namespace mpb {

namespace {

// The time between two PINGs to the store is a quarter of the longest gap allowed, so a quarter of
// it may be missed. Within these bounds the PINGs cost the store next to nothing.
constexpr Nanos kFastestPulse = 5ms;
constexpr Nanos kSlowestPulse = 50ms;

void note_waiting(const CpuUse& thread, Attendance& attendance) {
  attendance.waited = thread.waited;
  attendance.turns = thread.turns;
}

}  // namespace

Watch::Watch(const ExperimentOptions& options, World& world, const Store& store,
             const CompetingFlow* flow)
    : options_(options),
      world_(world),
      store_(store),
      flow_(flow),
      sampler_(world, options.timeline, options.workload.duration),
      probe_rtt_(world, flow == nullptr ? std::set<std::uint64_t>{} : flow->cookies()),
      pulse_(StoreTalk(world.netns(Role::kServer), kStorePort).release(),
             std::clamp(longest_gap_allowed(options.workload.duration) / 4, kFastestPulse,
                        kSlowestPulse)) {}

void Watch::open(Nanos opened) {
  opened_ = opened;
  world_.reset_lateness();
  before_ = read_all();
  pulse_.open();
  edges_.push_back(before_->traffic);
  sampler_.open(opened);
  probe_rtt_.open();
}

void Watch::close() {
  while (sampler_.due() <= now()) sampler_.take();
  silences_ = pulse_.silences();
  after_ = read_all();
  emulator_ = world_.emulator_snapshot();
  edges_.push_back(after_->traffic);
}

Nanos Watch::on_time() {
  if (!before_ || after_) return Nanos::max();
  const std::vector<LinkEvent>& events = options_.scenario.events;
  const auto due = [&] {
    return event_ < events.size() ? opened_ + events[event_].at : Nanos::max();
  };
  while (due() <= now()) {
    const Nanos at = events[event_].at;
    for (; event_ < events.size() && events[event_].at == at; ++event_) world_.apply(event_);
    late_.push_back(now() - opened_ - at);
    edges_.push_back(world_.traffic());
  }
  // One row at a time, so that an event does not wait for overdue rows.
  if (sampler_.due() <= now()) sampler_.take();
  if (pulse_.due() <= now()) pulse_.beat();
  if (probe_rtt_.due() <= now()) probe_rtt_.look();
  return std::min({due(), sampler_.due(), pulse_.due(), probe_rtt_.due()});
}

void Watch::record_readings(Run& run) const {
  record_cpu(run);
  run.links = difference(before_->traffic, after_->traffic);
  record_capacity(options_.scenario.links, run);
  note_emulator(emulator_, run);
  if (before_->emulator) {
    if (const auto thread = busiest_thread(*before_->emulator, *after_->emulator))
      note_waiting(*thread, *run.emulator_attendance);
  }
  for (const auto& [role, counters] : before_->kernel)
    run.kernel[role] = difference(counters, after_->kernel.at(role));
  if (before_->flow) record_competing_flow(options_, *before_->flow, *after_->flow, run);
  run.probe_rtt = probe_rtt_.counted();
  sampler_.write(run.outcome.timeline);
  record_capacity_over_time(options_.scenario.links, run.outcome.timeline);
  for (std::size_t i = 0; i < run.outcome.segments.size() && i + 1 < edges_.size(); ++i) {
    run.outcome.segments[i].links = difference(edges_[i], edges_[i + 1]);
    if (i > 0) run.outcome.segments[i].late = late_[i - 1];
  }
  for (const auto& [role, counters] : after_->kernel) judge_tokens(role, counters, run);
  judge_losses(after_->softnet_drops - before_->softnet_drops, run);
  judge_edges(before_->until - opened_, after_->until - opened_ - options_.workload.duration, run);
}

void Watch::record_cpu(Run& run) const {
  const Nanos between = after_->at - before_->at;
  run.store_pct = cpu_percent(after_->store.cpu - before_->store.cpu, between);
  run.store_attendance = Attendance{.longest_gap = silences_.longest, .gaps = silences_.sum};
  if (pulse_.is_broken()) {
    run.notes.push_back(
        "the store closed the connection of our PINGs during the run, so later gaps of the store "
        "were not checked");
  }
  if (const auto thread = busiest_thread(before_->store, after_->store)) {
    run.store_thread_pct = cpu_percent(thread->ran, between);
    note_waiting(*thread, *run.store_attendance);
  }
  if (before_->emulator)
    run.emulator_pct = cpu_percent(after_->emulator->cpu - before_->emulator->cpu, between);
  record_others(before_->host, after_->host, run);
  if (before_->host.cpu && after_->host.cpu) {
    const HostCpu used = *after_->host.cpu - *before_->host.cpu;
    const Nanos wall = after_->host.at - before_->host.at;
    run.system_pct = std::max(0.0, cpu_percent(used.busy, wall));
    if (options_.backend == Backend::kNetem && !used.softirq.empty()) {
      run.softirq_pct =
          cpu_percent(*std::max_element(used.softirq.begin(), used.softirq.end()), wall);
    }
  }
  if (before_->pressure && after_->pressure)
    run.pressure_pct = cpu_percent(*after_->pressure - *before_->pressure, between);
}

Reading Watch::read_all() {
  Reading reading = take_reading(world_, store_, flow_);
  // The segments of our own PINGs do not belong to the load.
  auto& counters = reading.kernel.at(to_text(Role::kServer));
  for (const char* name : {"TcpInSegs", "TcpOutSegs"}) counters[name] -= pulse_.segments();
  return reading;
}

}  // namespace mpb
