#!/bin/sh
# cov.sh DIR: line coverage by source file of the objects below DIR.
set -eu
cd "$1"
find proto daemon shell -name '*.gcda' | while read -r data; do
	gcov -n -o "$(dirname "$data")" "${data%.gcda}.o" 2>/dev/null
done | awk -F "[':%]" '
	/^File/ { file = $2 }
	/^Lines executed/ && file ~ /^(proto|daemon|shell)\/.*\.c$/ {
		split($0, part, " of ")
		printf "%6.1f %% of %5d  %s\n", $2, part[2], file
		lines += part[2]; hit += $2 * part[2] / 100; file = ""
	}
	END { if (lines) printf "%6.1f %% of %5d  all\n",
		100 * hit / lines, lines }' | sort -k5
