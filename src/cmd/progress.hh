// The progress of an experiment on stderr. On a terminal it is one line that is rewritten, and each
// finished run stays above it. Otherwise it is one line per finished run. Both show the time left.
#pragma once

#include <string>

#include "experiment/experiment.hh"
#include "experiment/forecast.hh"

namespace mpb {

class ProgressReport {
 public:
  enum class Form { kNone, kTerminal, kLines };

  ProgressReport(Form form, const ExperimentOptions& options);
  ~ProgressReport() { clear(); }
  ProgressReport(const ProgressReport&) = delete;
  ProgressReport& operator=(const ProgressReport&) = delete;

  void show(const Progress& progress);
  void clear();  // the line on a terminal

 private:
  void finish(const Progress& progress);
  void update(const Progress& progress);

  const Form form_;
  TimeLeft time_left_;
};

}  // namespace mpb
