#!/bin/bash
# If a store ends while starting, the error contains the end of its output.
. "$(dirname "$0")/lib.sh"
need_links
mkdir "$work/bin"
cat >"$work/bin/redis-server" <<'END'
#!/bin/sh
[ "$1" != --version ] || { echo 'Redis server v=7.0.15 sha=0'; exit 0; }
echo 'I am starting' && echo '*** FATAL CONFIG FILE ERROR ***' && echo 'No moon tonight' >&2
exit 3
END
chmod +x "$work/bin/redis-server"
PATH=$work/bin:$PATH expect_exit 1 "$bench" --quiet --store redis --proto tcp -o "$result"
expect_stderr 'the store exited with 3 while starting'
expect_stderr 'FATAL CONFIG FILE ERROR *** | No moon tonight'
[ "$(wc -l <"$work/err")" = 1 ] || fail 'the error has more than one line'
[ ! -e "$result" ] || fail 'a result was written without a run'
PATH=$work/bin:$PATH expect_exit 1 "$bench" lab --store redis --proto tcp -- true
expect_stderr 'No moon tonight'
