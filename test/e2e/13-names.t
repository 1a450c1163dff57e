#!/bin/sh
# Names are bytes: whatever the file system takes comes back under its name.
. "${0%/*}/../lib.sh"
t_begin
start_servers 4

long=$(printf '%0255d' 0 | tr 0 n)
mkdir src
# file NAME: whose content is its name
file() {
	printf '%s' "$1" >"src/$1"
}
file 'with space'
file ' lead and trail '
file "it's"
file 'say "so"'
file 'a;rm -rf $HOME;b'
file '$(id)'
file '`id`'
file '%s%n%d'
file '100%'
file '-rf'
file '--help'
file '.hidden'
file '...'
file 'tab	tab'
file 'back\slash\n'
file '*'
file '?[a-z]*'
file 'naïve ☃ 日本'
file "$(printf 'latin1-\351\377')"
file "$(printf 'new\nline')"
file "$(printf 'bell\007esc\033[31m')"
file "$long"
file '@at'
file '@c-1-2'
file '#comment'
file 'a=b'
file '~'
file 'foo'
file 'foo1'
file 'foo10'
file 'foo.1'
file 'CON'
file 'name [incomplete]'

cd src || exit 1
client put -- * .[!.]* ...
silent 'files with any name are stored by one command'
cd ../ && mkdir got && cd got || exit 1
client list
find ../src -type f -printf '%P\n' | LC_ALL=C sort >../names
[ "$status" = 0 ] && [ -z "$err" ] && LC_ALL=C sort "$T/out" | cmp -s - ../names
t_result $? 'list shows each, raw' || show_run
find ../src -type f -print | while IFS= read -r path; do
	[ -f "$path" ] || continue # the parts of the name with a newline
	name=${path#../src/}
	dfc get -- "$name" >>"$T/said" 2>&1 && cmp -s -- "$name" "$path" ||
		printf '%s\n' "$name"
done >../bad
is "$(cat ../bad)" '' 'each comes back by its own name'
rm -f -- * .[!.]* ...
name=$(printf 'new\nline')
client get -- "$name"
[ "$status" = 0 ] && cmp -s "$name" "../src/$name"
t_result $? 'a name with a newline too' || show_run
rm -f -- "$name"

client get foo
is "$(cat foo)" foo 'foo is not its neighbours foo1, foo10 and foo.1'
client rm foo1
client list foo
says 0 "foo
foo.1
foo10" '' 'rm of foo1 leaves foo, foo.1 and foo10'

for name in '' . .. a/../b /abs a//b dir/ "n$long" "$(printf '%01025d' 0)"; do
	client put -o "$name" ../src/foo
	[ "$status" -ne 0 ] && [ "$status" -lt 128 ] && [ -n "$err" ]
	t_result $? "put as '$(printf %.20s "$name")' is refused" || show_run
done
part=$(printf '%0200d' 0)
client put -o "$part/$part/$part/$part/$part" ../src/foo
silent 'a name of 1004 bytes in five components is taken'
client cat "$part/$part/$part/$part/$part"
says 0 foo '' 'and read back'
is "$(ls -A "$T" | LC_ALL=C tr '\n' ' ')" "$(cd "$T" && echo [1-4] [1-4].log \
	[1-4].out [1-4].pid [1-4].port dfc.conf dfs.conf err home out said w | tr \
	' ' '\n' | LC_ALL=C sort | tr '\n' ' ')" 'nothing appeared beside the stores'
t_end
