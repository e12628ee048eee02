#include "lab/established.hh"

#include <sstream>

#include "sys/clock.hh"
#include "sys/file.hh"
#include "sys/process.hh"

namespace mpb {

std::vector<Established> established_from(const std::string& text,
                                          const std::set<std::string>& algorithms) {
  std::vector<Established> all;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string receive_queue, send_queue, local, remote;
    if (!(words >> receive_queue >> send_queue >> local >> remote)) continue;
    Established& connection = all.emplace_back();
    connection.local = local.substr(0, local.rfind(':'));
    connection.local.resize(std::min(connection.local.size(), connection.local.find('%')));
    // The algorithm is a bare word among "key:value" pairs; a subflow's flags follow the name of
    // what rides on it.
    for (std::string word; words >> word;) {
      if (algorithms.count(word) > 0) connection.congestion_control = word;
      if (word == "tcp-ulp-mptcp") connection.mptcp = true;
      if (connection.mptcp && word.rfind("flags:", 0) == 0)
        connection.backup = word.find_first_of("bB") != std::string::npos;
    }
  }
  return all;
}

std::vector<Established> established_in(int netns_fd, const std::vector<std::string>& filter) {
  std::istringstream names(first_line("/proc/sys/net/ipv4/tcp_available_congestion_control"));
  std::set<std::string> algorithms;
  for (std::string name; names >> name;) algorithms.insert(name);
  Spawn what;
  what.argv = {"ss", "-HOtin", "state", "established"};
  what.argv.insert(what.argv.end(), filter.begin(), filter.end());
  what.netns_fd = netns_fd;
  return established_from(run_captured(what, 10s).out, algorithms);
}

}  // namespace mpb
