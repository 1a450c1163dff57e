#!/bin/sh
# Where a session is, among the stored names and the local files; patterns,
# settings, and what is completed where.
. "${0%/*}/../lib.sh"
t_begin
start_servers 4

mkdir out docs
for name in a.txt b.txt c.pdf 'a*'; do printf '%s\n' "$name" >"$name"; done
dfc put -t docs/old a.txt && dfc put -t docs b.txt c.pdf &&
	dfc put a.txt c.pdf 'a*'
rm -f 'a*' docs/*

dialogue 'cd goes down, up, back and to the top' "$DFC" <<'EOF'
row 1 dfc>
send cd do\t
row 1 dfc> cd docs/
send ol\t
row 1 dfc> cd docs/old/
send \r
row 2 dfc docs/old>
send pwd\r
row 3 /docs/old
row 4 dfc docs/old>
send list\r
row 5 docs/old/a.txt
row 6 dfc docs/old>
send cd ..\r
row 7 dfc docs>
send cd -\r
row 8 dfc docs/old>
send cd -\r
row 9 dfc docs>
send cat b\t
row 9 dfc docs> cat b.txt
send ../a.txt /c.pdf old/a.txt\r
row 10 b.txt
row 11 a.txt
row 12 c.pdf
row 13 a.txt
row 14 dfc docs>
send cd ../../..\r
row 15 dfc>
send cd docs\r
row 16 dfc docs>
send cd\r
row 17 dfc>
send cd nothing\r
row 18 dfc: nothing: no stored name is below it
row 19 dfc>
send pwd\r
row 20 /
row 21 dfc>
ctrl D
exit 0
EOF

dialogue 'put, get, rm and cp work where cd has gone' "$DFC" <<EOF
row 1 dfc>
send cd docs\r
row 2 dfc docs>
send put a.txt\r
row 3 dfc docs>
send put -o new a.txt\r
row 4 dfc docs>
send put -t /top a.txt\r
row 5 dfc docs>
send get -t out new c.pdf\r
expect got 2
row 0 dfc docs>
send cp new newer\r
row 0 dfc docs>
row -1 dfc docs> cp new newer
send rm a.txt new\r
expect [y/N]
send y\r
expect removed 2
row 0 dfc docs>
send !ls out\r
row -1 c.pdf  new
row 0 dfc docs>
send cd new-place\r
row -1 dfc: docs/new-place: no stored name is below it
row 0 dfc docs>
ctrl D
exit 0
EOF
client list
says 0 'a*
a.txt
c.pdf
docs/b.txt
docs/c.pdf
docs/newer
docs/old/a.txt
top/a.txt' '' 'and so it is stored'

dialogue 'lcd, lpwd, lls and ! are about local files' "$DFC" <<EOF
row 1 dfc>
send lcd ou\t
row 1 dfc> lcd out/
send \r
row 2 dfc>
send lpwd\r
row 3 $T/w/out
row 4 dfc>
send lls\r
row 5 c.pdf  new
row 6 dfc>
send get a.txt\r
row 7 dfc>
send lls a*\r
row 8 a.txt
row 9 dfc>
send !echo \$((6 * 7)); exit 3\r
row 10 42
row 11 dfc: !: ended with status 3
row 12 dfc>
send lcd nowhere\r
row 13 dfc: nowhere: No such file or directory
row 14 dfc>
send lcd\r
row 15 dfc>
send lpwd\r
row 16 $T/home
row 17 dfc>
send !echo go; cat\r
row 18 go
send typed\r
row 19 typed
row 20 typed
ctrl C
row 21 ^Cdfc: !: ended by signal 2 (Interrupt)
row 22 dfc>
ctrl D
exit 0
EOF

mkdir "$HOME/mine"
dialogue 'a ~ is the home directory' "$DFC" <<EOF
row 1 dfc>
send lcd ~/m\t
row 1 dfc> lcd ~/mine/
send \r
row 2 dfc>
send lpwd\r
row 3 $T/home/mine
row 4 dfc>
ctrl D
exit 0
EOF

dialogue 'patterns are the names that match, and quoted ones are not' \
	"$DFC" <<'EOF'
row 1 dfc>
send lcd out\r
row 2 dfc>
send cat *.txt\r
row 3 a.txt
row 4 dfc>
send cat */*.txt\r
row 5 b.txt
row 6 a.txt
row 7 dfc>
send cd docs\r
row 8 dfc docs>
send cat *.p?f\r
row 9 c.pdf
row 10 dfc docs>
send cat /*.pdf\r
row 11 c.pdf
row 12 dfc docs>
send get *.doc\r
row 13 dfc: *.doc: no name matches
row 14 dfc docs>
send cd /\r
row 15 dfc>
send rm 'a*'\r
row 16 dfc>
send cat a*\r
row 17 a.txt
row 18 dfc>
send rm 'a*'\r
row 19 dfc: a*: no such file
row 20 dfc>
ctrl D
exit 0
EOF

dialogue 'set shows and changes what is completed' -s 100x40 "$DFC" <<'EOF'
row 1 dfc>
send set\r
screen color     auto
screen verbose   off
row 0 dfc>
send set js\t
row 0 dfc> set json
send o\t\t
screen off  on
ctrl U
send set colour never\r
row -1 dfc: colour: no such setting; did you mean color?
row 0 dfc>
send put --recursve x\r
row -1 dfc: put: --recursve: unknown option; did you mean --recursive? (help put)
row 0 dfc>
send set jobs 2000\r
row -1 dfc: 2000: jobs must be a number from 1 to 1024
row 0 dfc>
send set quiet on\r
row 0 dfc>
send set quiet\r
row -1 quiet     on
row 0 dfc>
send sets\r
row -1 dfc: sets: no such command; did you mean set?
row 0 dfc>
send set bwlimit 2048k\r
row 0 dfc>
send set bwlimit\r
row -1 bwlimit   2M
row 0 dfc>
send set bwlimit 1k\r
row -1 dfc: 1k: bwlimit must be 0, or 64k to 1024G (bytes a second)
row 0 dfc>
ctrl D
exit 0
EOF

dialogue 'help tells what is typed here, and takes what is typed elsewhere' \
	-s 80x60 "$DFC" <<'EOF'
row 1 dfc>
send help put\r
row 2 usage: put [-rnf0] [-t PREFIX] [-o NAME] [--no-clobber] [--skip-existing]
row 3        [--include PATTERN] [--exclude PATTERN] [--files-from FILE]
row -2   put report.pdf photo.jpg
row -1   put -r -t backup/ projects
row 0 dfc>
send cp a\r
row -1 dfc: usage: cp [-rf] [--no-clobber] [-j N] NAME NEW | NAME... PREFIX/
row 0 dfc>
send cp --frob\r
row -1 dfc: cp: --frob: unknown option (help cp)
row 0 dfc>
send help lss\r
row -1 dfc: lss: no such command; did you mean ls?
row 0 dfc>
send help\r
row -1 help COMMAND tells more, with examples.
row 0 dfc>
ctrl L
row 1 dfc>
send dfc vers\t
row 0 dfc> dfc version
send \r
expect dfc 0
row 0 dfc>
ctrl D
exit 0
EOF

dfc put -o "it's" a.txt && dfc put -o 'two words' a.txt &&
	dfc put -o 'two wolves' a.txt
touch 'local only' "$(printf 'bell\007')"
dialogue 'TAB completes what may stand there' -s 80x50 "$DFC" <<'EOF'
row 1 dfc>
send cat tw\t
row 1 dfc> cat two\\ wo
send r\t
row 1 dfc> cat two\\ words
column 21
ctrl U
send cat 'tw\t
row 1 dfc> cat 'two wo
send l\t
row 1 dfc> cat 'two wolves'
ctrl U
send cat "tw\t
row 1 dfc> cat "two wo
send r\t
row 1 dfc> cat "two words"
ctrl U
send cat it\t
row 1 dfc> cat it\\'s
send \r
row 2 a.txt
row 3 dfc>
# No local files where stored names stand, and the other way round.
send cat loc\t
quiet 50
row 3 dfc> cat loc
ctrl U
send put loc\t
row 3 dfc> put local\\ only
ctrl U
send put tw\t
quiet 50
row 3 dfc> put tw
ctrl U
# Nor what a terminal cannot show.
send put bel\t
quiet 50
row 3 dfc> put bel
ctrl U
send put --skip\t
row 3 dfc> put --skip-existing
ctrl U
send check --without dfs\t3\t
row 3 dfc> check --without dfs3
ctrl U
send help expl\t
row 3 dfc> help explain
ctrl U
send get --to=ou\t
row 3 dfc> get --to=out/
ctrl U
send ls --color=al\t
row 3 dfc> ls --color=always
ctrl U
# In the middle of a line
send cat tw x\e[D\e[D\t
row 3 dfc> cat two\\ wo x
ctrl U
ctrl K
send he\t\t
screen heal
screen help
ctrl U
ctrl D
exit 0
EOF

printf 'list docs/\ncat none\nlist\n' >lines
dialogue 'source stops where a line fails, and the session goes on' "$DFC" <<'EOF'
row 1 dfc>
send source li\t\r
row 2 docs/b.txt
row 6 none is incomplete
row 7 dfc: none: no such file
row 8 dfc: lines: stopped at line 2
row 9 dfc>
send cat 'a.txt' \\\r
row 10 >
send c.pdf\r
row 11 a.txt
row 12 c.pdf
row 13 dfc>
send -cat none # nothing\r
screen dfc: none: no such file
row 0 dfc>
send quit 9\r
exit 9
EOF
t_end
