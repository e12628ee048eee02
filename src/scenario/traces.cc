#include "scenario/traces.hh"

#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <utility>

#include "emu/link_fields.hh"
#include "emu/traces.hh"
#include "sys/error.hh"
#include "sys/file.hh"

namespace mpb {

namespace {

namespace fs = std::filesystem;

// "/links/1/up/trace", or "/links/1/trace" if both directions name the file.
std::string place_of_trace(const std::vector<LinkSpec>& links, const std::string& file) {
  for (std::size_t i = 0; i < links.size(); ++i) {
    const bool up = links[i].up.trace.file == file, down = links[i].down.trace.file == file;
    if (up && down) return fmt::format("/links/{}/trace", i);
    if (up || down) return fmt::format("/links/{}/{}/trace", i, up ? "up" : "down");
  }
  return "";
}

std::shared_ptr<const Trace> read_trace(const std::string& folder, const std::string& file) {
  const std::string path = fs::path(folder) / file;
  // A device or a pipe may never end.
  if (fs::exists(path) && !fs::is_regular_file(path))
    throw BadInput(fmt::format("{}: is not a regular file; name a file with a trace", file));
  return std::make_shared<const Trace>(read_file(path, kTraceBounds.file), file);
}

}  // namespace

void load_traces(std::vector<LinkSpec>& links, const std::string& path) {
  attach_traces(links, [&](const std::string& file) {
    try {
      return read_trace(fs::path(path).parent_path(), file);
    } catch (const BadInput& error) {
      throw BadInput(fmt::format("{}: {}: {}", path, place_of_trace(links, file), error.what()));
    }
  });
  check_traces(links, path);
}

void check_traces(const std::vector<LinkSpec>& links, const std::string& path) {
  for (std::size_t i = 0; i < links.size(); ++i) {
    for (const auto& [direction, model] :
         {std::pair{"up", &links[i].up}, {"down", &links[i].down}}) {
      if (const std::string conflict = trace_conflict(*model); !conflict.empty())
        throw BadInput(fmt::format("{}: /links/{}/{}: {}", path, i, direction, conflict));
    }
  }
}

}  // namespace mpb
