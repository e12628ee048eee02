// The version of the running kernel.
#pragma once

namespace mpb {

// Whether it is Linux MAJOR.MINOR or later. Distributions port features back, so this is only for
// what cannot be asked of the kernel itself.
bool kernel_at_least(int major, int minor);

}  // namespace mpb
