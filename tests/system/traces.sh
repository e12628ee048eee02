#!/bin/bash
# The shipped traces are those that netns/traces/make.py makes.
. "$(dirname "$0")/../netns/lib.sh"
need python3
mkdir "$work/made"
python3 "$root/netns/traces/make.py" "$work/made" || fail 'make.py fails'
for made in "$work"/made/*; do
  cmp "$made" "$root/netns/traces/${made##*/}" || fail "${made##*/} is not what make.py makes"
done
[ "$(ls "$work/made")" = "$(cd "$root/netns/traces" && ls -I make.py)" ] ||
  fail 'netns/traces has other files than make.py makes'
