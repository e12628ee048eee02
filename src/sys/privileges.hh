// What processes that speak to others do without: the load, the store and the link emulator, once
// they are set up.
#pragma once

namespace mpb {

// Gives up every capability of the calling thread, in all five sets, and with "no new privileges"
// the way to get one back by executing a program. Before threads. False, with errno, when the
// kernel refuses.
bool drop_privileges();

}  // namespace mpb
