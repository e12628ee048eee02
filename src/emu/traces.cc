#include "emu/traces.hh"

#include <algorithm>
#include <map>

namespace mpb {

std::vector<std::string> trace_files(const std::vector<LinkSpec>& links) {
  std::vector<std::string> files;
  for (const LinkSpec& link : links) {
    for (const LinkModel* model : {&link.up, &link.down}) {
      const std::string& file = model->trace.file;
      if (!file.empty() && std::find(files.begin(), files.end(), file) == files.end())
        files.push_back(file);
    }
  }
  return files;
}

void attach_traces(
    std::vector<LinkSpec>& links,
    const std::function<std::shared_ptr<const Trace>(const std::string& file)>& read) {
  std::map<std::string, std::shared_ptr<const Trace>> traces;
  for (const std::string& file : trace_files(links)) traces[file] = read(file);
  for (LinkSpec& link : links) {
    for (LinkModel* model : {&link.up, &link.down}) {
      if (!model->trace.file.empty()) model->trace.data = traces.at(model->trace.file);
    }
  }
}

const LinkSpec* link_with_trace(const std::vector<LinkSpec>& links) {
  const auto found = std::find_if(links.begin(), links.end(), [](const LinkSpec& link) {
    return !link.up.trace.file.empty() || !link.down.trace.file.empty();
  });
  return found == links.end() ? nullptr : &*found;
}

}  // namespace mpb
