#include "net/mptcpify.hh"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/bpf.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstring>
#include <optional>
#include <span>

#include "net/socket.hh"
#include "sys/btf.hh"
#include "sys/error.hh"
#include "sys/fd.hh"
#include "sys/file.hh"
#include "sys/privileges.hh"

namespace mpb {

namespace {

// The kernel calls it in socket(2), and uses the protocol that it returns.
constexpr const char* kHook = "update_socket_protocol";
constexpr const char* kTypes = "/sys/kernel/btf/vmlinux";

bpf_insn insn(int code, int to, int from, int offset, int number) {
  bpf_insn its{};
  its.code = static_cast<__u8>(code);
  its.dst_reg = static_cast<__u8>(to) & 0xf;
  its.src_reg = static_cast<__u8>(from) & 0xf;
  its.off = static_cast<__s16>(offset);
  its.imm = number;
  return its;
}

bpf_insn set(int to, int number) { return insn(BPF_ALU64 | BPF_MOV | BPF_K, to, 0, 0, number); }
bpf_insn copy(int to, int from) { return insn(BPF_ALU64 | BPF_MOV | BPF_X, to, from, 0, 0); }
bpf_insn load(int size, int to, int from, int offset) {
  return insn(BPF_LDX | BPF_MEM | size, to, from, offset, 0);
}
// Compares 32 bits, because the upper half of an argument of type int is not defined.
bpf_insn jump_if(int condition, int reg, int number, int over) {
  return insn(BPF_JMP32 | condition | BPF_K, reg, 0, over, number);
}
bpf_insn leave() { return insn(BPF_JMP | BPF_EXIT, 0, 0, 0, 0); }

// A program that returns 0 leaves the protocol as it is.
std::vector<bpf_insn> program_without_effect() { return {set(0, 0), leave()}; }

// Returns IPPROTO_MPTCP if a process with this number in this PID namespace opens a socket of TCP.
std::vector<bpf_insn> program_for(int process, const struct stat& pid_namespace) {
  const auto low = [](std::uint64_t value) { return static_cast<int>(value & 0xffffffffU); };
  const auto high = [](std::uint64_t value) { return static_cast<int>(value >> 32); };
  const std::uint64_t device = pid_namespace.st_dev, inode = pid_namespace.st_ino;
  constexpr int kWide = BPF_LD | BPF_DW | BPF_IMM;  // takes two places
  return {
      copy(6, 1),  // the arguments of the hook: family, type and protocol
      insn(kWide, 1, 0, 0, low(device)),
      insn(0, 0, 0, 0, high(device)),
      insn(kWide, 2, 0, 0, low(inode)),
      insn(0, 0, 0, 0, high(inode)),
      copy(3, 10),
      insn(BPF_ALU64 | BPF_ADD | BPF_K, 3, 0, 0, -8),  // a bpf_pidns_info on the stack
      set(4, 8),
      insn(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_get_ns_current_pid_tgid),
      insn(BPF_JMP | BPF_JNE | BPF_K, 0, 0, 13, 0),  // 9: another PID namespace
      load(BPF_W, 1, 10, -4),
      jump_if(BPF_JNE, 1, process, 11),  // 11: another process
      load(BPF_DW, 1, 6, 0),
      jump_if(BPF_JEQ, 1, AF_INET, 1),
      jump_if(BPF_JNE, 1, AF_INET6, 8),  // 14
      load(BPF_DW, 1, 6, 8),
      insn(BPF_ALU64 | BPF_AND | BPF_K, 1, 0, 0, 0xf),  // without SOCK_CLOEXEC and SOCK_NONBLOCK
      jump_if(BPF_JNE, 1, SOCK_STREAM, 5),              // 17
      load(BPF_DW, 1, 6, 16),
      jump_if(BPF_JEQ, 1, 0, 1),
      jump_if(BPF_JNE, 1, IPPROTO_TCP, 2),  // 20
      set(0, IPPROTO_MPTCP),
      leave(),
      set(0, 0),  // 23: where the jumps above end
      leave(),
  };
}

int bpf(int command, bpf_attr& attributes) {
  return static_cast<int>(syscall(SYS_bpf, command, &attributes, sizeof attributes));
}

std::uint64_t address_of(const void* pointer) { return reinterpret_cast<std::uintptr_t>(pointer); }

// A loaded program, or why there is none.
struct Loaded {
  Fd program;
  std::string why;
};

Loaded load_program(std::span<const bpf_insn> instructions) {
  std::string types;
  try {
    types = read_file(kTypes);
  } catch (const BadInput&) {
    return {Fd{}, fmt::format("this kernel describes no types in {}, which BPF tracing programs "
                              "need (CONFIG_DEBUG_INFO_BTF)",
                              kTypes)};
  }
  const std::optional<std::uint32_t> hook = btf_function(types, kHook);
  if (!hook)
    return {Fd{},
            fmt::format("this kernel has no {}(), to which mptcpify attaches (Linux 6.6)", kHook)};
  bpf_attr attributes{};
  attributes.prog_type = BPF_PROG_TYPE_TRACING;
  attributes.expected_attach_type = BPF_MODIFY_RETURN;
  attributes.attach_btf_id = *hook;
  attributes.insns = address_of(instructions.data());
  attributes.insn_cnt = static_cast<__u32>(instructions.size());
  attributes.license = address_of("Dual MIT/GPL");
  Fd program{bpf(BPF_PROG_LOAD, attributes)};
  if (program) return {std::move(program), ""};
  return {Fd{}, fmt::format("the kernel refuses to load a BPF tracing program ({})",
                            std::strerror(errno))};
}

}  // namespace

std::string why_no_mptcpify() { return load_program(program_without_effect()).why; }

void become_mptcpified(const std::vector<std::string>& command) {
  struct stat pid_namespace {};
  check(stat("/proc/self/ns/pid", &pid_namespace), "looking for our PID namespace");
  const Loaded loaded = load_program(program_for(getpid(), pid_namespace));
  if (!loaded.program) throw CannotRun(loaded.why);
  bpf_attr attributes{};
  attributes.raw_tracepoint.prog_fd = static_cast<__u32>(loaded.program.get());
  const int link = check(bpf(BPF_RAW_TRACEPOINT_OPEN, attributes), "attaching a BPF program");
  // The command inherits it, so the kernel detaches the program when the command ends.
  check(fcntl(link, F_SETFD, 0), "keeping a descriptor open");
  if (!drop_privileges()) throw SysError("giving up privileges");
  signal(SIGPIPE, SIG_DFL);  // main() ignores it
  std::vector<char*> argv;
  for (const std::string& word : command) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  execvp(argv[0], argv.data());
  throw SysError("executing " + command[0]);
}

}  // namespace mpb
