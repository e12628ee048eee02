// Makes a program use MPTCP although it asks for TCP, by a BPF program in the kernel (mptcpify,
// Linux 6.6). The program itself, its libraries and its environment stay as they are.
#pragma once

#include <string>
#include <vector>

namespace mpb {

// Tries to load the smallest BPF program of the type that mptcpify needs, and unloads it again. ""
// if that works, otherwise the clause of a sentence that says why not.
std::string why_no_mptcpify();

// Becomes the command, whose TCP sockets are MPTCP until it ends. No other process is affected, not
// even its children: the BPF program compares the number of the process in our PID namespace. The
// command runs without privileges. Throws CannotRun if the kernel refuses the BPF program, SysError
// if the command cannot be executed.
[[noreturn]] void become_mptcpified(const std::vector<std::string>& command);

}  // namespace mpb
