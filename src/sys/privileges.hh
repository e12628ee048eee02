// The end of all privileges, for the processes that handle foreign data: load, store and link
// emulator call this after their setup.
#pragma once

namespace mpb {

// Gives up every capability of the calling thread, in all five sets. "No new privileges" prevents
// that executing a program restores one. Call it before threads start. False, with errno set, if
// the kernel refuses.
bool drop_privileges();

}  // namespace mpb
