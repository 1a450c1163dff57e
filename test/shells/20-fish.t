#!/bin/sh
# Completion in fish, by the script that `dfc completion fish` prints.
. "${0%/*}/../lib.sh"
t_begin
start_servers 4
mkdir docs words && echo x >words/in && echo x >docs/a.txt && echo x >docs/b.txt
echo x >'a b.txt' && echo x >"it's" && echo x >'a*c' && echo x >'col:on=x'
client put -r docs words 'a b.txt' "it's" 'a*c' 'col:on=x'
silent 'put'
PATH="${DFC%/*}:$PATH"
"$DFC" completion fish >"$T/fish"
ok 'fish reads the script' fish -n "$T/fish"
ln -s docs local

# offers LINE WORDS NAME: those, with what is said of them, in any order.
tab=$(printf '\t')
offers() {
	run fish --no-config -c 'source $argv[1]; complete -C $argv[2]' \
		"$T/fish" "$1"
	out=$(sort "$T/out")
	says 0 "$2" '' "$3"
}
offers 'dfc pu' "put${tab}store files" 'a command, and what it does'
offers 'dfc mpu' "mput${tab}store files" 'a second name'
offers 'dfc lc' '' 'a command of the shell is not offered'
offers 'dfc mget --res' \
	"--resume${tab}go on with what an earlier get --resume has kept" \
	'an option, and what it means'
offers 'dfc get --accept' '' 'an option of another command'
offers 'dfc --vers' "--version${tab}the version of this program" \
	'an option before the command'
offers 'dfc members ' 'add
remove' 'the words of an operand'
offers 'dfc members add dfs' 'dfs1
dfs2
dfs3
dfs4' 'servers'
offers 'dfc members -j 4 r' 'remove' 'a value before it is no operand'
offers 'dfc check --without=dfs4' \
	"--without=dfs4${tab}as if it were dead; may be repeated" \
	'a server behind an ='
offers 'dfc get a' 'a b.txt
a*c' 'names'
offers 'dfc get a\ ' 'a b.txt' 'a blank that is quoted'
offers 'dfc get "a ' 'a b.txt' 'in double quotes'
offers "dfc get 'it" "it's" 'in single quotes'
offers 'dfc get docs/' 'docs/a.txt
docs/b.txt' 'the next level'
offers 'dfc put -t do' "docs/${tab}put PREFIX/ before each stored name" \
	'a value behind its letter'
offers 'dfc put --to=do' \
	"--to=docs/${tab}put PREFIX/ before each stored name" 'a value behind an ='
offers 'dfc put loc' 'local/' 'a local file'
offers 'dfc get loc' '' 'which is no stored name'
offers 'dfc mirror do' 'docs/' 'mirror begins with names'
offers 'dfc mirror docs lo' "local/${tab}Directory" 'and ends with a directory'
offers 'dfc mirror -R lo' "local/${tab}Directory" 'but for -R'
offers 'dfc mirror -R local w' 'words/' 'when it ends with names'
offers 'dfc test a\*c a' '' 'nothing where no word may stand'
offers "dfc -c $T/none get " '' 'another configuration counts'
for n in 1 2 3 4; do kill -STOP "$(pid_of $n)"; done
start=$(now_ms)
offers 'dfc get do' '' 'nothing when no server answers'
took=$(($(now_ms) - start))
[ $took -lt 2000 ]
t_result $? 'and that takes no time' || diag "took $took ms"
for n in 1 2 3 4; do kill -CONT "$(pid_of $n)"; done
t_end
