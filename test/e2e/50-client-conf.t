#!/bin/sh
# Where dfc finds its configuration, both forms of it, and what it says of
# wrong ones.
. "${0%/*}/../lib.sh"
t_begin
start_servers 4
good=$DFC_CONF
echo hello >file
client put file
silent 'put with $DFC_CONF'

unset DFC_CONF
client -c "$good" list
says 0 file '' '-c FILE'
cp "$good" "$HOME/dfc.conf"
client list
says 0 file '' '~/dfc.conf'
echo 'server one' >dfc.conf
client list
says 0 file '' '~/dfc.conf goes before ./dfc.conf'
rm "$HOME/dfc.conf"
cp "$good" dfc.conf
chmod 644 dfc.conf
client list
says 0 file '' './dfc.conf'
chmod 666 dfc.conf
client list
[ "$out" != file ]
t_result $? './dfc.conf that others may write is not taken' || show_run
like "$err" '*dfc: ./dfc.conf: *' 'and that is said'
# Servers of somebody else may be there.
[ "$status" -ne 5 ] ||
	like "$err" '*dfs1 (127.0.0.1:10001): *
dfc: no configuration was found: these are the built-in servers' \
		'and that the built-in servers were tried'
chmod 644 dfc.conf
chmod 777 .
client list
[ "$out" != file ]
t_result $? 'nor is one where others may put another' || show_run
like "$err" '*dfc: ./dfc.conf: *' 'and that is said'
chmod 1777 .
client list
says 0 file '' 'but where they can add files alone, it is'
chmod 755 .
rm dfc.conf
export DFC_CONF="$T/nowhere"
client list
one_line 2 "*$T/nowhere*" '$DFC_CONF set but missing is an error'
client -c "$good" list
says 0 file '' '-c goes before $DFC_CONF'
export DFC_CONF="$good"
client -c "$T/nowhere" list
one_line 2 "*$T/nowhere*" '-c of a missing file is an error'

{
	printf '# the servers\r\n\r\n'
	for n in 1 2 3 4; do
		printf '\tserver \t dfs%d\t127.0.0.1:%d  \r\n' $n "$(port_of $n)"
	done
} >"$T/crlf.conf"
client -c "$T/crlf.conf" list
says 0 file '' 'classic form with CRLF, tabs, comments and blank lines'
{
	echo '; servers'
	echo '[servers]'
	for n in 1 2 3 4; do echo "dfs$n = 127.0.0.1:$(port_of $n)"; done
	echo '[client]'
	echo 'require = majority'
} >"$T/ini.conf"
client -c "$T/ini.conf" list
says 0 file '' 'INI form'
{
	for n in 1 2 3 4; do
		echo "server dfs$n localhost:$(port_of $n)"
	done
} >"$T/host.conf"
client -c "$T/host.conf" cat file
says 0 hello '' 'servers by host name'

# wrong LINE TEXT...: a configuration of these lines is wrong in line LINE.
wrong() {
	line=$1
	shift
	printf '%s\n' "$@" >"$T/bad.conf"
	client -c "$T/bad.conf" list
	one_line 2 "*$T/bad.conf:$line: *" \
		"wrong in line $line: $(printf '%s' "$*" | tr '\n' ' ')"
}
one='server dfs1 127.0.0.1:10001'
two='server dfs2 127.0.0.1:10002'
wrong 1 'server'
wrong 1 'server dfs1'
wrong 2 "$one" 'server dfs2 127.0.0.1'
wrong 2 "$one" 'server dfs2 127.0.0.1:'
wrong 2 "$one" 'server dfs2 127.0.0.1:0'
wrong 2 "$one" 'server dfs2 127.0.0.1:65536'
wrong 2 "$one" 'server dfs2 127.0.0.1:80x'
wrong 2 "$one" 'server dfs2 127.0.0.1:99999999999999999999'
wrong 2 "$one" 'server dfs2 127.0.0.1:-1'
wrong 2 "$one" 'server dfs2 :10002'
wrong 2 "$one" 'server dfs2 [::1:10002'
wrong 2 "$one" 'server dfs1 127.0.0.1:10002'
wrong 2 "$one" 'server dfs2 127.0.0.1:10001'
wrong 2 "$one" 'server dfs2 127.0.0.1:10002 more'
wrong 3 "$one" "$two" 'serve dfs3 127.0.0.1:10003'
wrong 2 "$one" 'nonsense'
wrong 3 "$one" '[client]' 'requires = all'
wrong 3 "$one" '[client]' 'require = some'
wrong 4 "$one" '[client]' 'require = all' 'require = majority'
wrong 2 '[servers]' 'dfs1'
wrong 2 '[servers]' 'dfs1 ='
wrong 2 '[servers]' 'dfs1 = 127.0.0.1:port'
wrong 3 '[servers]' 'dfs1 = 127.0.0.1:10001' 'dfs1 = 127.0.0.1:10002'
wrong 3 '[servers]' 'dfs1 = 127.0.0.1:10001' '[clients]'
wrong 4 '[servers]' 'dfs1 = 127.0.0.1:10001' '[client]' 'digest = md5'

: >"$T/bad.conf"
client -c "$T/bad.conf" list
one_line 2 "*$T/bad.conf*" 'an empty configuration has no servers'
echo '# nothing' >"$T/bad.conf"
client -c "$T/bad.conf" list
one_line 2 "*$T/bad.conf*" 'nor has one of comments'
seq 65 | sed 's/.*/server s& 127.0.0.1:1&/' >"$T/bad.conf"
client -c "$T/bad.conf" list
one_line 2 "*$T/bad.conf*" '65 servers are too many'
head -c 100000 /dev/urandom >"$T/bad.conf"
client -c "$T/bad.conf" list
one_line 2 "*$T/bad.conf*" 'random bytes are no configuration'
client -c "$T" list
one_line 2 "*$T*" 'nor is a directory'
client -c /dev/null list
exits 2 'nor /dev/null'

client nosuchcommand
exits 2 'an unknown command is a usage error'
client --nosuchoption list
says 2 '' 'dfc: --nosuchoption: unknown option (dfc help)' \
	'an unknown option is a usage error'
client list --nosuchoption
exits 2 'also after the command'
client get
exits 2 'get without a name is a usage error'
client put
exits 2 'put without a file is a usage error'
client -c
exits 2 '-c without its argument is a usage error'
client --version
exits 0 '--version'
like "$out" 'dfc *.*' 'tells the version on stdout'
client --help
exits 0 '--help'
like "$out" '*put*get*' 'tells the commands on stdout'
t_end
