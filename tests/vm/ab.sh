#!/bin/bash
# Compares two kernels in User Mode Linux, seed by seed, in virtual time. --help describes it.
program=$(dirname "${BASH_SOURCE[0]}")/ab.py
bisects=''
for word; do
  [ "$word" != -- ] || break
  [ "$word" != --bisect ] || bisects=1
done
[ -n "$bisects" ] || exec python3 "$program" "$@"

# `git bisect run` takes 1 to 127, except 125, for a bad commit. Python may end with one of these
# for reasons of its own, so ab.py has other numbers for its answers, and only they count.
trap 'kill -TERM "$!" 2>/dev/null || exit 143' HUP INT TERM
python3 "$program" "$@" &
status=0
wait "$!" || status=$?
# A signal ends the first wait.
[ $status -le 128 ] || wait "$!" || status=$?
case $status in
  0) exit 0 ;;
  3) exit 1 ;;
  4) exit 125 ;;
esac
[ $status -ge 128 ] || status=128
exit $status
