#!/bin/sh
# Words of the shell, without any server: what TAB makes of them, and what one
# command leaves to the next.
. "${0%/*}/../lib.sh"
t_begin

export DFC_HISTFILE=
printf 'server %s\n' 'dfs1 127.0.0.1:1' 'dfs2 127.0.0.1:2' >"$T/dfc.conf"
mkdir "$T/files"
cd "$T/files" || exit 1
: >abc
: >xyz
: >'my file'
: >./-x

dialogue 'TAB writes nothing where candidates have nothing in common' \
	"$DFC" -c "$T/dfc.conf" <<'END'
expect dfc[0/2]>
send put \t\t
screen ./-x
screen my file
expect dfc[0/2]> put
cursor-row dfc[0/2]> put
ctrl C
expect dfc[0/2]>
ctrl D
exit 0
END

dialogue 'TAB ends a word that is the only one, as its quotes were begun' \
	"$DFC" -c "$T/dfc.conf" <<'END'
expect dfc[0/2]>
send put ab\t'm\tm\t"m\tx
cursor-row dfc[0/2]> put abc 'my file' my\\ file "my file" x
ctrl C
expect dfc[0/2]>
ctrl D
exit 0
END

dialogue 'a file that looks like an option is completed as a file' \
	"$DFC" -c "$T/dfc.conf" <<'END'
expect dfc[0/2]>
send put ./-\tx
cursor-row dfc[0/2]> put ./-x x
ctrl C
expect dfc[0/2]>
ctrl D
exit 0
END

# shell OPTION...: those lines, from a file.
shell() {
	printf '%s\n' 'pwd --json' '-nosuch' '-get nosuch*' >"$T/lines"
	run sh -c 'exec "$DFC" -c "$0" "$@" <"${0%/*}/lines"' \
		"$T/dfc.conf" "$@"
}

shell
is "$(grep -c '"type":"message"' "$T/out")" 0 \
	'--json of one command is not that of the next one'
shell --json
is "$(grep -c '"type":"message"' "$T/out")" 2 \
	'with dfc --json what is said of any line is an object'

t_end
