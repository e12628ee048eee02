#!/bin/bash
# Compares two kernels in User Mode Linux, seed by seed, in virtual time. See --help.
exec python3 "$(dirname "${BASH_SOURCE[0]}")/ab.py" "$@"
