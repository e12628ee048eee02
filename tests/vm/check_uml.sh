#!/bin/bash
# Exits with 2 if PROGRAM is not a kernel for `run.sh --uml`, and prints why.
#
#   tests/vm/check_uml.sh PROGRAM
uml=$1
fault() {
  echo "$uml $*"
  exit 2
}
[ -f "$uml" ] && [ -x "$uml" ] || fault 'is not a program; tests/vm/build_uml.sh builds it'
# The program contains its configuration, as --showconfig prints it. The file is searched because
# running it would start an arbitrary program.
built_with() { grep -aqF "$1" "$uml"; }
built_with CONFIG_UML=y || fault 'is not a User Mode Linux kernel; tests/vm/build_uml.sh builds it'
! built_with CONFIG_SMP=y ||
  fault 'has CONFIG_SMP=y; its clock is exact on one processor only: CONFIG_SMP=n'
built_with CONFIG_UML_TIME_TRAVEL_SUPPORT=y ||
  fault 'has no virtual clock: CONFIG_UML_TIME_TRAVEL_SUPPORT=y (and CONFIG_SMP=n)'
! built_with CONFIG_STATIC_LINK=y ||
  fault 'is linked statically, so its random numbers cannot be pinned: CONFIG_STATIC_LINK=n'
