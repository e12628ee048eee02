#!/bin/bash
# A --target that is not an address, one that does not resolve, and one where no store answers.
. "$(dirname "$0")/lib.sh"
expect_exit 2 "$bench" --target nonsense
expect_error '--target: "nonsense" is not HOST:PORT; write "127.0.0.1:6379"'
expect_exit 2 "$bench" --target 127.0.0.1:0
expect_error '--target: "127.0.0.1:0" is not HOST:PORT; write "127.0.0.1:6379"'
expect_exit 2 "$bench" --target no.such.host.invalid:6379
expect_stderr '--target: cannot resolve "no.such.host.invalid"'
expect_exit 1 "$bench" --proto tcp --target 127.0.0.1:1
expect_error 'no store answers at 127.0.0.1:1: Connection refused; '\
'is it running, and is this its address?'
