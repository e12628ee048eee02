#!/bin/bash
# A kernel without MPTCP, or older than MPTCP: strace(1) injects the errors that such a kernel
# returns.
. "$(dirname "$0")/lib.sh"
need strace
without() {
  strace -f -o /dev/null -e trace=socket -e "inject=socket:error=$1:when=1" "$bench" serve \
    --port 0 --proto mptcp
}
strace -o /dev/null true 2>/dev/null || skip 'tracing is not permitted here'
export -f without && export bench
expect_exit 77 bash -c 'without EPROTONOSUPPORT'
expect_error 'this kernel was built without MPTCP (CONFIG_MPTCP); '\
'boot one that has it, Linux 5.6 or later'
expect_exit 77 bash -c 'without EINVAL'
expect_error 'this kernel does not know MPTCP; boot Linux 5.6 or later with CONFIG_MPTCP'
