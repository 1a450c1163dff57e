#!/bin/sh
# What may be given to put and get, and under which name it is stored.
. "${0%/*}/../lib.sh"
t_begin
start_servers 4

mkdir -p dir/sub
echo one >dir/sub/x
echo other >dir/x
client put dir/sub/x
silent 'put of a path'
client list
says 0 x '' 'the stored name is the basename'
client put dir/sub/x dir/x
exits 2 'two operands with one stored name are refused'
client cat x
says 0 one '' 'before anything is sent'
client put -o other dir/x
silent 'put -o'
client cat other
says 0 other '' 'stores under the given name'
client put -t pre/fix/ dir/x
silent 'put -t'
client list
says 0 "other
pre/fix/x
x" '' 'stores below a prefix'
client list pre
says 0 pre/fix/x '' 'list of a prefix shows only what begins so'
client get pre/fix/x
silent 'get of a name with slashes'
is "$(cat x)" other 'writes the basename into the working directory'
client get -o here x
silent 'get -o'
is "$(cat here)" one 'writes the given file'
mkdir target
client get -t target x other
silent 'get -t'
is "$(cat target/x target/other)" "one
other" 'writes into the given directory'

client put dir
exits 1 'a directory without -r is refused'
mkfifo pipe
client put pipe
exits 1 'a FIFO is refused'
client put absent
exits 1 'put of a file that does not exist fails'
like "$err" '*absent put failed*' 'and says put failed'
like "$err" '*dfc: absent: *' 'and why'
client list
says 0 "other
pre/fix/x
x" '' 'nothing of these was stored'

printf 'from a pipe' | dfc put -o piped - >"$T/out" 2>"$T/err"
is "$?$(cat "$T/out" "$T/err")" 0 'put -o NAME - stores stdin, silently'
client get piped -o -
says 0 'from a pipe' '' 'get -o - writes to stdout'
{ await 2 false; printf 'at last'; } | dfc put -o late - >"$T/out" 2>"$T/err"
is "$?$(cat "$T/out" "$T/err")" 0 'stdin may take longer than servers may'
client cat late
says 0 'at last' '' 'and is stored'
dfc put -o late - <&- >"$T/out" 2>"$T/err"
is "$?$(cat "$T/out")" 1 'a closed stdin is no empty file'
client cat late
says 0 'at last' '' 'and replaces nothing'
client get -o nodir/back late
says 1 '' 'dfc: nodir/back: No such file or directory' \
	'what cannot be written is named'
client put -
exits 2 'put - without -o is a usage error'

chmod 640 dir/x
touch -d '2001-02-03 04:05:06.789012345 UTC' dir/x
client put dir/x
client get x
silent 'an old file goes and comes back'
is "$(stat -c '%a %Y' x)" '640 981173106' 'with its mode and time'
chmod 4777 dir/x
client put dir/x
(umask 027 && dfc get x)
is "$(stat -c %a x)" 750 'the mode is cut by the umask, and never setuid'

printf 'secret' >cur
chmod 600 cur
ln -s cur link
client put link
silent 'put of a symbolic link stores what it points to'
client cat link
says 0 secret '' 'under the name of the link'
t_end
