#include "experiment/rank_server.hh"

#include <fmt/format.h>
#include <poll.h>

#include <array>

#include "experiment/process_host.hh"
#include "experiment/rank_words.hh"
#include "sys/error.hh"
#include "sys/file.hh"
#include "sys/interrupt.hh"

namespace mpb {

namespace {

constexpr Nanos kBeat = 1s;  // between two signs of life

class RankServer {
 public:
  explicit RankServer(const MpiPlace& place)
      : messenger_(place), host_(fmt::format("rank {}", place.rank), -1) {
    tell("hello", rank_json(describe_rank(place.rank)));
  }

  void run() {
    while (true) {
      while (const std::optional<RankMessage> message = messenger_.next(0ns)) {
        if (message->kind == RankMessage::Kind::kEnd) return messenger_.end(kEndTime);
        if (message->kind == RankMessage::Kind::kLost)
          throw RankLost(fmt::format("rank 0 {}", message->text));
        obey(parse_rank_line(message->text));
      }
      if (load_ != 0 && interrupted()) stop(0ns);
      if (load_ != 0) forward();
      wait();
    }
  }

 private:
  void tell(const std::string& verb, const std::string& text) {
    messenger_.send(0, to_text(RankLine{verb, load_, text}));
  }

  void obey(const RankLine& line) {
    if (line.verb == "start") {
      start(line);
    } else if (line.load == load_ && line.verb == "line") {
      host_.send(line.text);
    } else if (line.load == load_ && line.verb == "stop") {
      stop(std::chrono::milliseconds(std::strtoll(line.text.c_str(), nullptr, 10)));
    }
  }

  void start(const RankLine& line) {
    if (load_ != 0) stop(0ns);
    load_ = line.load;
    CommandLine argv = command_from(line.text);
    // The place of the program may be another one on this host. Rank 0 can start nothing else here.
    if (argv.size() < 2 || argv[1] != "load") throw RunFailed("rank 0 asked for another program");
    argv[0] = self_path();
    try {
      host_.start(argv);
    } catch (const std::exception& error) {
      end({.how = "could not be started", .last_words = error.what()});
    }
  }

  void forward() {
    while (const std::optional<std::string> line = host_.next(0ns)) tell("out", *line);
    if (host_.ended()) end(host_.end());
  }

  void stop(Nanos patience) {
    host_.stop(patience);
    end({.how = "was stopped"});
  }

  void end(const LoadEnd& how) {
    host_.stop(0ns);
    tell("ended", end_json(how));
    load_ = 0;
  }

  // Until a line of rank 0 or of the load arrives.
  void wait() {
    if (now() - beaten_ >= kBeat) {
      messenger_.beat();
      beaten_ = now();
    }
    std::array<pollfd, 2> ready{pollfd{messenger_.fd(), POLLIN, 0},
                                pollfd{load_ != 0 ? host_.fd() : -1, POLLIN, 0}};
    poll(ready.data(), ready.size(), static_cast<int>(kBeat / 1ms));
  }

  Messenger messenger_;
  ProcessHost host_;
  int load_ = 0;  // the number of the running load; 0 without one
  Nanos beaten_{};
};

}  // namespace

void serve_rank(const MpiPlace& place) { RankServer(place).run(); }

}  // namespace mpb
