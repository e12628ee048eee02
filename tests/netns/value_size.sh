#!/bin/bash
# Values of no bytes, or of more than 512 MiB, the limit of a Redis string.
. "$(dirname "$0")/lib.sh"
for size in 0 0b 513m 4k-513m 1g; do
  expect_exit 2 "$bench" --size "$size"
  expect_error "--size: \"${size#4k-}\" is not a value size; write \"1b\" to \"512m\""
done
expect_exit 0 "$bench" --size 512m --dry-run --links tun
