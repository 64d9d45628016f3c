/**
 * A script for a session's folder: `THEN=LINE ./watching LINES COMMAND...` types the line once the command's watch is on (or
 * it has seen that there is nothing), ends the command when it has printed so many lines, and shows them. However slow
 * either is, nothing is missed.
 */
export const watching = `#!/bin/sh
lines=$1; shift
rm -f seen log
"$@" -v=6 >seen 2>log & watch=$!
trap 'kill $watch 2>/dev/null' EXIT
trap 'exit 1' TERM
until grep -qs -e watch=true -e '404 Not Found' log; do sleep 0.1; done
eval "$THEN" >/dev/null
until [ "$(wc -l <seen)" -ge "$lines" ]; do sleep 0.1; done
cat seen
`;
