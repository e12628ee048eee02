#include <optional>

#include "emu/traces.hh"
#include "net/tun.hh"
#include "sys/file.hh"
#include "sys/interrupt.hh"
#include "world/emulator.hh"
#include "world/links.hh"

namespace mpb {

namespace {

CapturedDirection direction_of(const DirectionSnapshot& counters) {
  return {.entered = signed_of(counters.packets - counters.flow_waiting),
          .left = signed_of(counters.delivered),
          .on_the_way = signed_of(counters.in_flight - counters.flow_waiting),
          .random_loss = signed_of(counters.lost),
          .queue_full = signed_of(counters.tail_dropped),
          .link_down = signed_of(counters.blackholed),
          .flow_cap = signed_of(counters.flow_dropped),
          .interface_down = signed_of(counters.write_errors),
          .no_memory = signed_of(counters.overflowed)};
}

CaptureRecord record_of(const CaptureReport& report) {
  CaptureRecord record{.packets = signed_of(report.count.packets),
                       .missed = signed_of(report.count.missed),
                       .beyond_limit = signed_of(report.count.beyond_limit),
                       .clock_offset_s = seconds(report.count.clock_offset)};
  for (const LinkSnapshot& link : report.at_end.links)
    record.links.push_back({link.name, direction_of(link.up), direction_of(link.down)});
  return record;
}

class TunLinks : public Links {
 public:
  TunLinks(const WorldOptions& options, const Spaces& spaces)
      : links_(options.scenario.links),
        seed_(options.seed),
        capture_(options.capture),
        spaces_(spaces) {}

  void perform(const Step& step) override {
    if (step.kind == Step::Kind::kTun) {
      tuns_.push_back(
          inside_netns(spaces_.fd(step.where), [&] { return open_tun(step.argv[4]).fd; }));
    } else {
      emulator_->set(step.argv[1]);
    }
  }

  void start() override {
    if (!capture_.empty()) file_.emplace(capture_, kCaptureOption);
    emulator_.emplace(links_, tuns_, seed_, file_ ? file_->fd() : -1);
    emulator_->snapshot();  // the first answer shows that packets move
    start_traces(now());
  }

  std::vector<LinkSample> sample() override {
    const auto direction = [](const LinkModel& model, const DirectionSnapshot& counters,
                              std::uint64_t packets, std::uint64_t bytes) {
      DirectionSample sample{.packets = signed_of(packets),
                             .bytes = signed_of(bytes),
                             .lost = signed_of(counters.lost),
                             .dropped = signed_of(counters.tail_dropped),
                             .flow_dropped = {},
                             .queue_packets = counters.queue_packets};
      if (model.flow_rate.count > 0) sample.flow_dropped = signed_of(counters.flow_dropped);
      return sample;
    };
    std::vector<LinkSample> samples;
    const std::vector<LinkSnapshot> links = emulator_->snapshot().links;
    for (std::size_t i = 0; i < links.size(); ++i) {
      const LinkSnapshot& link = links[i];
      samples.push_back(
          {link.name, direction(links_[i].up, link.up, link.up.packets, link.client_tx_bytes()),
           direction(links_[i].down, link.down, link.down.delivered, link.client_rx_bytes())});
    }
    return samples;
  }

  const Child* process() const override { return &emulator_->process(); }
  std::vector<std::string> command() const override { return emulator_->command(); }
  std::optional<Snapshot> snapshot() override { return emulator_->snapshot(); }
  void reset_lateness() override { emulator_->reset_lateness(); }
  void start_traces(Nanos at) override {
    if (link_with_trace(links_) != nullptr) emulator_->start_traces(at);
  }

  std::optional<CaptureRecord> end_capture() override {
    if (!file_) return std::nullopt;
    const CaptureReport report = emulator_->end_capture();
    if (report.count.error != 0) file_->fail(report.count.error);
    const InterruptsHeld held;
    file_->publish();
    file_.reset();
    return record_of(report);
  }

  std::string broken() override { return emulator_->alive() ? "" : "the link emulator died"; }

  std::uint64_t lost_by_emulator(const std::set<std::string>& unplugged) override {
    if (!emulator_->alive()) return 0;
    std::uint64_t lost = 0;
    for (const LinkSnapshot& link : emulator_->snapshot().links) {
      for (const DirectionSnapshot& direction : {link.up, link.down})
        lost += direction.overflowed + direction.write_errors;
      if (unplugged.count(link.name) > 0) lost -= link.down.write_errors;
    }
    return lost;
  }

 private:
  std::vector<LinkSpec> links_;
  std::uint64_t seed_;
  std::string capture_;
  const Spaces& spaces_;
  std::vector<Fd> tuns_;  // in the order of topology(): each link's client end, then its server end
  std::optional<NewFile> file_;  // of the capture
  std::optional<Emulator> emulator_;
};

}  // namespace

std::unique_ptr<Links> make_tun_links(const WorldOptions& options, const Spaces& spaces) {
  return std::make_unique<TunLinks>(options, spaces);
}

}  // namespace mpb
