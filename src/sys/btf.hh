// The kernel's type information (BTF), as far as BPF programs need it to name a function.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace mpb {

// The number of the function with this name in BTF such as that of /sys/kernel/btf/vmlinux.
// Nothing if there is none, or the bytes are not BTF.
std::optional<std::uint32_t> btf_function(std::string_view btf, std::string_view name);

}  // namespace mpb
