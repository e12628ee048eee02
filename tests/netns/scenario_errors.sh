#!/bin/bash
# An error in a scenario file is reported with the file, the place in it and the remedy.
. "$(dirname "$0")/lib.sh"

# refused SCENARIO MESSAGE
refused() {
  echo "$1" >"$work/mine.json"
  expect_exit 2 "$bench" --scenario "$work/mine.json"
  expect_error "$work/mine.json: $2"
}
refused '{"links": [{"name": "a"}, {"name": "b", "delay": "5"}]}' \
  '/links/1/delay: "5" has no unit; write "5s" or "5ms"'
refused '{"links": [{"name": "a", "rate": "9mbps"}]}' \
  '/links/0/rate: "9mbps" has an unknown unit "mbps"; write "100mbit"'
refused '{"links": [{"name": "a", "loss": 1}]}' \
  '/links/0/loss: 1 is not text; write it in quotes, with its unit'
refused '{"links": [{"name": "a", "up": {"dealy": "5ms"}}]}' \
  '/links/0/up/dealy: unknown field; did you mean "delay"?'
refused '{"lniks": []}' '/lniks: unknown field; did you mean "links"?'
refused '{"servers": []}' '/servers: unknown field; the fields are description, clients, '\
'links, endpoints, subflows_per_link, competing_flow, events, sysctls'
refused '{"links": [{"name": "link1"}], "competing_flow": "link2"}' \
  '/competing_flow: unknown competing_flow "link2"; did you mean "link1"?'
refused '{"links": [{"name": "a"}], "subflows_per_link": 66}' \
  '/subflows_per_link: 66 is not a number from 1 to 65'
refused '{"links": [{"name": "a"}, {"name": "b"}], "clients": 33}' \
  '/clients: 33 is not a number from 1 to 32; with 2 links each, more clients would have more '\
'than 64 links together'
refused '{"links": []}' '/links: missing or empty; describe at least one link (see netns/README.md)'
refused '{"links": [{"name": "a"}], "events": [{"at": "3s", "link": "b", "state": "down"}]}' \
  '/events/0/link: unknown link "b"; did you mean "a"?'
refused '{"links": [{"name": "a"}], "events": [{"at": "3", "link": "a", "state": "down"}]}' \
  '/events/0/at: "3" has no unit; write "3s" or "3ms"'
echo '{"links": [' >"$work/mine.json"
expect_exit 2 "$bench" --scenario "$work/mine.json"
expect_stderr "$work/mine.json: is not JSON: parse error at line "
