#!/bin/sh
# Names with control bytes reach a terminal escaped, whatever shows them.
. "${0%/*}/../lib.sh"
t_begin
start_servers 4

# A name for each kind: ESC, BEL, C1 (CSI in two bytes, and in one), DEL, CR,
# newline, and a directory of such a name.
echo x >x
mkdir "$(printf 'dir\033[35m')"
for name in 'esc\033[31mred' 'bel\007l' 'c1\302\233[32mgreen' 'one\23333m' \
	'del\177' 'cr\rover' 'new\nline' 'dir\033[35m/in\033[36m'; do
	# shellcheck disable=SC2059
	dfc put -o "$(printf "$name")" x
	# shellcheck disable=SC2059
	cp x "$(printf "$name")"
done

# never: what no step before may have written.
never() {
	cat <<'EOF'
never-raw \e[31m
never-raw \e[35m
never-raw \e[36m
never-raw bel\a
never-raw \xc2\x9b
never-raw \x9b33m
never-raw del\x7f
never-raw cr\rover
never-raw new\r\nline
never-raw new\nline
EOF
}

# session NAME with lines, one a line: a session of them, one after the other.
session() {
	{
		echo 'row 1 dfc>'
		while IFS= read -r line; do
			printf 'send %s\\r\nexpect \\r\\n\nexpect dfc> \n' \
				"$line"
		done
		printf 'ctrl D\nexit 0\n'
		never
	} >"$T/steps"
	dialogue "$1" -s 120x100 "$DFC" <"$T/steps"
}

session 'list' <<'EOF'
list
list --color=always
EOF
session 'ls' <<'EOF'
ls
ls -lR
ls -1 --color=always
ls dir*
EOF
session 'find, tree and du' <<'EOF'
find
find --name e*
tree
du
EOF
session 'stat, explain, check and heal' <<'EOF'
stat *
explain *
check
heal -n
heal
EOF
session 'get, put, cat, cp, mv and rm of such names' <<'EOF'
get -t . *
get -r -t . dir*
cat * dir*
put esc* bel* c1* one* del* cr* new*
put -r dir*
put -n esc* new*
cp esc* copies/
cp -r dir* copies
mv -r copies moved
rm -n -r moved
rm -r -f moved
sum *
head *
EOF
# What is typed is quoted: readline shows Control-V Control-[ as ^[.
session 'errors that name what was typed' <<'EOF'
cat none\x16\e[31mred
get none\x16\x07 one\x16\x9b33m
put none\x16\e[31mred
stat none\x16\e[31m
ls none\x16\e[31m*
rm none\x16\e[31m*
cd none\x16\e[31m
lcd none\x16\e[31m
source none\x16\e[31m
none\x16\e[31mred
set none\x16\e[31mred
help none\x16\e[31mred
get --none\x16\e[31mred
check --without none\x16\e[31m
members add none\x16\e[31m
test -e none\x16\e[31m
history
EOF

dialogue 'TAB does not offer them' -s 100x30 "$DFC" <<EOF
row 1 dfc>
send cat \t\t
quiet 100
send es\t\t
quiet 100
send \x15put \t\t
quiet 100
ctrl U
ctrl D
exit 0
$(never)
EOF
dialogue 'the prompt in such a place, and pwd, show it' -s 100x30 "$DFC" <<EOF
row 1 dfc>
send cd 'dir\x16\e[35m'\r
expect dir
expect > 
send pwd\r
expect dir
expect > 
send ls\r
expect > 
ctrl D
exit 0
$(never)
EOF

dialogue 'one-shot commands on a terminal' -s 100x60 sh -c '
	"$DFC" list; "$DFC" ls -l; "$DFC" cat "$1"; "$DFC" "$1"; "$DFC" get "$1"
	"$DFC" put "$1"; "$DFC" -c "$1" list; "$DFC" stat "$1"; "$DFC" rm "$1"; :' \
	- "$(printf 'none\033[31m')" <<EOF
exit 0
$(never)
EOF

# And where there is none, they are what they are.
dfc list >out
ok 'in a pipe they are raw' grep -q "$(printf '\033')\\[31m" out
t_end
