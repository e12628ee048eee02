#include "cmd/progress.hh"

#include <fmt/format.h>

#include "analysis/text.hh"
#include "sys/output.hh"

namespace mpb {

namespace {

const char* noun_of(Purpose purpose) {
  switch (purpose) {
    case Purpose::kProbe:
      return "probe";
    case Purpose::kPilot:
      return "pilot";
    case Purpose::kMeasure:
    case Purpose::kSearch:
      return "run";
  }
  return "";
}

// "run 3/12  get 4k mptcp at 500 req/s, link2.delay 20ms"
std::string run_text(const Progress& progress) {
  const Cell& cell = *progress.cell;
  return fmt::format("{} {}{}  {} {} {}{}{}", noun_of(cell.purpose), cell.order + 1,
                     progress.runs > 0 ? fmt::format("/{}", progress.runs) : "", cell.name,
                     to_text(cell.size), proto_name(cell),
                     cell.rate ? fmt::format(" at {} req/s", format_count(*cell.rate)) : "",
                     conditions_text(cell.conditions));
}

// "1,234 req/s", or the time of a synchronisation, or the reason why the run is invalid.
std::string outcome_text(const Progress& progress) {
  const Run& run = *progress.finished;
  const Purpose purpose = progress.cell->purpose;
  if (!run.valid() && purpose != Purpose::kProbe && purpose != Purpose::kPilot)
    return fmt::format("INVALID: {}", run.invalid_reasons[0]);
  if (run.replication) {
    const std::chrono::duration<double> time(run.replication->sync_s);
    return to_text(std::chrono::round<std::chrono::milliseconds>(time));
  }
  return fmt::format("{} req/s{}", format_count(progress.throughput_rps),
                     run.saturated ? " SATURATED" : "");
}

std::string after_semicolon(const std::string& text) {
  return text.empty() ? "" : fmt::format("; {}", text);
}

}  // namespace

ProgressReport::ProgressReport(Form form, const ExperimentOptions& options)
    : form_(form), time_left_(options, now()) {}

void ProgressReport::show(const Progress& progress) {
  if (form_ == Form::kNone) return;
  if (progress.cell == nullptr) {
    if (form_ == Form::kTerminal) rewrite_line(progress.phase);
  } else if (progress.finished != nullptr) {
    finish(progress);
  } else if (form_ == Form::kTerminal) {
    update(progress);
  }
}

void ProgressReport::clear() {
  if (form_ == Form::kTerminal) rewrite_line("");
}

void ProgressReport::finish(const Progress& progress) {
  time_left_.finish(*progress.cell, now());
  const std::string line = fmt::format("{}: {}", run_text(progress), outcome_text(progress));
  if (form_ == Form::kTerminal) return rewrite_line(line, true);
  say(line + after_semicolon(time_left_.text(*progress.cell, progress.runs, progress.left, now())));
}

void ProgressReport::update(const Progress& progress) {
  std::string figures;
  if (progress.elapsed_s > 0) figures += fmt::format(", {:.1f} s", progress.elapsed_s);
  if (progress.elapsed_s > 0 && progress.throughput_rps != 0)
    figures += fmt::format(", {} req/s", format_count(progress.throughput_rps));
  rewrite_line(fmt::format(
      "{}: {}{}{}", run_text(progress), progress.phase, figures,
      after_semicolon(time_left_.text(*progress.cell, progress.runs, progress.left, now()))));
}

}  // namespace mpb
