#!/bin/sh
# Completion in zsh, by the script that `dfc completion zsh` prints.
. "${0%/*}/../lib.sh"
t_begin
start_servers 4
mkdir docs words && echo x >words/in && echo x >docs/a.txt && echo x >docs/b.txt
echo x >'a b.txt' && echo x >"it's" && echo x >'a*c' && echo x >'col:on=x'
client put -r docs words 'a b.txt' "it's" 'a*c' 'col:on=x'
silent 'put'
mv words local
PATH="${DFC%/*}:$PATH"
mkdir "$T/functions"
"$DFC" completion zsh >"$T/functions/_dfc"
ok 'zsh reads the script' zsh -n "$T/functions/_dfc"

# How a user sets it up; what is run is said.
cat >"$T/rc" <<'EOS'
PS1='%% '
fpath=($T/functions $fpath)
autoload -Uz compinit && compinit -u -d $T/dump
zstyle ':completion:*' menu no
unsetopt auto_menu list_beep
dfc() { printf '<%s>' "$@"; echo }
EOS
export T PS1='%% ' TERM=vt100
# No -u: zsh's line editor knows more of a terminal than the tests do.
zsh_dialogue() {
	t_name=$1
	"$PTY" zsh -f >"$T/said" 2>&1
	t_result $? "$t_name" || diag "$(cat "$T/said")"
}

zsh_dialogue 'zsh completes at a terminal' <<'EOF'
expect %
send . $T/rc; echo re''ady\r
expect ready
expect %
send dfc membe\tad\tdfs3\t--de\t\r
expect <members><add><dfs3><--dead>
expect %
send dfc get a\\ \tdocs/b\t\r
expect <get><a b.txt><docs/b.txt>
expect %
send dfc get col\tit\t"a*\t\r
expect <get><col:on=x><it's><a*c>
expect %
send dfc mget --res\t-t do\t a\\*\t\r
expect <mget><--resume><-t><docs><a*c>
expect %
send dfc put --to=do\tsub docs/b\t\r
expect <put><--to=docs/sub><docs/b.txt>
expect %
send dfc put --fi\tdocs/a\t\r
expect <put><--files-from=docs/a.txt>
expect %
send dfc -c ../dfc.conf -q cat do\ta\t\r
expect <-c><../dfc.conf><-q><cat><docs/a.txt>
expect %
send dfc mirror wo\t loc\t\r
expect <mirror><words/><local
expect %
send dfc mirror -R loc\t wo\t\r
expect <mirror><-R><local><words/>
expect %
send dfc --col\tne\tren\t\r
expect <--color=never><rename>
expect %
send dfc hea\t\t
expect heal
expect every file
send l --accept-l\t\r
expect <heal><--accept-loss>
expect %
send exit\r
exit 0
EOF

zsh_dialogue 'and without a function directory' <<'EOF'
expect %
send autoload -Uz compinit && compinit -u -D; . =(dfc completion zsh); PS1='$ '\r
expect \r$
send dfc vers\t\r
expect dfc 
expect $
send exit\r
exit 0
EOF
for n in 1 2 3 4; do kill -STOP "$(pid_of $n)"; done
zsh_dialogue 'servers that hang are not waited for' <<'EOF'
expect %
send . $T/rc; echo re''ady\r
expect ready
expect %
mark
send dfc get do\tx --res\t\r
expect <get><dox><--resume>
within 2000
send exit\r
exit 0
EOF
for n in 1 2 3 4; do kill -CONT "$(pid_of $n)"; done
t_end
