#!/bin/bash
# If two stores use one port, the error of the second names the address.
. "$(dirname "$0")/lib.sh"
with_store --proto tcp
expect_exit 1 "$bench" serve --port "${STORE#*:}" --proto tcp
expect_error "binding $STORE: Address already in use; choose another port with -p, or -p 0 to let \
the kernel choose"
