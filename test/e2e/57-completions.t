#!/bin/sh
# Completion in bash, by the script that `dfc completion` prints; and what it
# asks the program.
. "${0%/*}/../lib.sh"
t_begin
start_servers 4
mkdir -p docs 'two words' && echo x >docs/a.txt && echo x >docs/b.txt
echo x >'a b.txt' && echo x >"it's" && echo x >'a*c' && echo x >'col:on=x'
echo x >-dash && echo x >'two words/in'
client put -r docs 'two words' 'a b.txt' "it's" 'a*c' 'col:on=x' ./-dash
silent 'put'
PATH="${DFC%/*}:$PATH"

for shell in bash zsh fish; do
	client completion $shell
	exits 0 "completion $shell"
	cp "$T/out" "$T/$shell"
	is "$(grep -Ec '(^|[^a-z])(lcd|lpwd|history|quit)([^a-z]|$)' "$T/$shell")" 0 \
		'without the commands of the shell alone'
	ok 'and with options' grep -q accept-loss "$T/$shell"
done
client completion tcsh
complains 2 'dfc: tcsh: must be one of bash, zsh and fish' 'another shell'
client --json completion bash
like "$out" '*"type":"completion","shell":"bash","script":"#*"summary"*' \
	'as an object'

# ------------------------------------------------- what the scripts ask

client complete names
says 0 "a b.txt
a*c
col:on=x
docs/
it's
two words/" '' 'one level of names, and none that would be an option'
client complete names -- -
says 0 '-dash' '' 'which it tells when it is asked for'
client complete names docs/
says 0 'docs/a.txt
docs/b.txt' '' 'the next level'
client complete prefixes
says 0 'docs/
two words/' '' 'prefixes'
client complete names /docs
silent 'a name has no slash in front'
client complete servers dfs
says 0 'dfs1
dfs2
dfs3
dfs4' '' 'servers'
client -c /nowhere complete names
silent 'nothing without a configuration'
client help
is "$(grep -c '^  complete ' "$T/out")" 0 'help does not show it'

# ---------------------------------------------- the function, called by hand

cat >"$T/ask" <<'EOS'
. "$1"
COMP_LINE=$2 COMP_POINT=${#2} COMP_WORDBREAKS=$' \t\n"\'><=;|&(:'
COMP_WORDS=($2) COMP_CWORD=${#COMP_WORDS[@]}
compopt() { echo "$*"; }
_dfc
[[ ${#COMPREPLY[@]} -eq 0 ]] || printf '<%s>\n' "${COMPREPLY[@]}"
EOS
# offers LINE WORDS NAME: those, at the end of the line.
offers() {
	run bash --norc "$T/ask" "$T/bash" "$1"
	says 0 "$2" '' "$3"
}
offers 'dfc pu' '<put>' 'a command'
offers 'dfc mp' '<mput>' 'a second name, where no first one fits'
offers 'dfc lc' '' 'a command of the shell is not offered'
offers 'dfc put --fi' '-o nospace
<--files-from=>' 'an option with a value'
offers 'dfc mget --res' '<--resume>' 'an option, by the second name'
offers 'dfc --no' '' 'an option of another command'
offers 'dfc --vers' '<--version>' 'an option before the command'
offers 'dfc get --color=a' '<auto>
<always>' 'the words of a value'
offers 'dfc members ' '<add>
<remove>' 'the words of an operand'
offers 'dfc members add dfs' '<dfs1>
<dfs2>
<dfs3>
<dfs4>' 'servers'
offers 'dfc check --without dfs4' '<dfs4>' 'a server as the next word'
offers 'dfc members -j 4 r' '<remove>' 'a value before it is no operand'
offers 'dfc members --jobs= r' '<remove>' 'nor is one that is empty'
offers 'dfc test a ' '' 'nothing where no word may stand'
offers 'dfc get a' '<a\ b.txt>
<a\*c>' 'names, as the shell has to read them'
offers 'dfc get a\ ' '<a\ b.txt>' 'a blank that is quoted'
offers 'dfc get "a ' '<a b.txt>' 'in double quotes'
offers "dfc get 'it" "<it'\\''s>" 'in single quotes'
offers 'dfc get "two w' '<two words/in>' 'a directory in quotes goes on'
offers 'dfc get two' '-o nospace
<two\ words/>' 'a directory is not the end'
offers 'dfc get col:' '<on=x>' 'bash begins a word at a colon'
offers 'dfc get col:on=' '<x>' 'and at an ='
offers 'dfc put --to=do' '-o nospace
<docs/>' 'a value behind an ='
offers 'dfc put -rtdo' '-o nospace
<-rtdocs/>' 'a value behind its letter'
offers 'dfc put -rt do' '-o nospace
<docs/>' 'a value behind letters'
offers 'dfc get -- -' '<-dash>' 'a name with a dash, behind --'
offers 'dfc put ' '-o default' "files are the shell's business"
offers 'dfc get -t ' '-o dirnames' 'and so are directories'
offers "dfc -c $T/none get " '' 'another configuration counts'
offers 'dfc mirror do' '-o nospace
<docs/>' 'mirror begins with names'
offers 'dfc mirror docs ' '-o dirnames' 'and ends with a directory'
offers 'dfc mirror -nR ' '-o dirnames' 'but for -R'
offers 'dfc mirror --reverse docs do' '-o nospace
<docs/>' 'when it ends with names'
offers 'dfc frobnicate ' '' 'nothing for what is no command'
offers '/no/such/dfc get do' '-o nospace
<docs/>' 'a program that is not found is that of PATH'

# ------------------------------------------------------------ at a terminal

export PS1='$ ' DFC_CONF
cat >"$T/say" <<'EOS'
printf '<%s>' "$@"
echo
EOS
chmod +x "$T/say"
dialogue 'bash completes at a terminal' bash --norc --noprofile <<EOF
expect $
send . $T/bash; dfc() { sh $T/say "\$@"; }\r
expect $
send dfc member\tad\tdfs3\t--de\t\r
expect <members><add><dfs3><--dead>
expect $
send dfc get a\\\\ \t"two w\t\r
expect <get><a b.txt><two words/in>
expect $
send dfc get col\tit\t'a*\t\r
expect <get><col:on=x><it's><a*c>
expect $
send dfc put --files-from=docs/a\t -t do\tsub docs/b\t\r
expect <put><--files-from=docs/a.txt><-t><docs/sub><docs/b.txt>
expect $
send exit\r
exit 0
EOF

# ------------------------------------------------------------ with no answer

kill -STOP "$(pid_of 2)"
start=$(now_ms)
offers 'dfc get do' '-o nospace
<docs/>' 'a server that hangs is not waited for'
for n in 1 3 4; do kill -STOP "$(pid_of $n)"; done
offers 'dfc get do' '' 'nothing when none answers'
offers 'dfc check --without dfs1' '<dfs1>' 'but the names of servers'
took=$(($(now_ms) - start))
[ $took -lt 4000 ]
t_result $? 'and it takes no time' || diag "took $took ms"
for n in 1 2 3 4; do kill -CONT "$(pid_of $n)"; done
t_end
