#!/bin/sh
# Servers that list names which lead out of a directory: nobody goes there,
# nobody sees them.
. "${0%/*}/../lib.sh"
t_begin
start_servers 4
for n in 1 2 3 4; do port_of $n >"$T/true$n"; done
for_steps

mkdir d && echo good >d/good && echo evil >d/evil
dfc put -r d
# Names of the same length, for they are forged in what the servers send.
dfc put -o aaaaaaaa/evil d/evil
dfc put -o d/bbbbbb/evil d/evil
rm -r d

# forging N...: servers of the client's list that lie, all others do not.
forging() {
	for n in 1 2 3 4; do cp "$T/true$n" "$T/$n.port"; done
	for n in "$@"; do
		[ -s "$T/forge$n" ] || {
			"$PEER" forge "$(cat "$T/true$n")" aaaaaaaa/evil \
				../../../evil >"$T/forge-a$n" &
			echo $! >"$T/forge-a$n.pid"
			await 10 test -s "$T/forge-a$n"
			"$PEER" forge "$(cat "$T/forge-a$n")" d/bbbbbb/evil \
				d/../../../ee >"$T/forge$n" &
			echo $! >"$T/forge$n.pid"
			await 10 test -s "$T/forge$n"
		}
		cp "$T/forge$n" "$T/$n.port"
	done
	write_conf 4
}
# What commands wrote: nothing outside of where they were, no such name.
clean() {
	[ -z "$(find "$T" -maxdepth 4 -path "$T/[1-4]" -prune -o \
		-newer "$T/mark" -type f \( -name evil -o -name ee \) \
		-print)" ] && ! grep -qF '../' "$T/all"
	t_result $? "$1: nothing leads out" || diag "$(cat "$T/all")"
}
# everything WHO: every command that lists, or writes what was listed.
everything() {
	rm -rf deep && mkdir -p deep/deeper/deepest && : >"$T/mark" || exit 1
	cd deep/deeper/deepest || exit 1
	: >"$T/all"
	for command in list 'list .' ls 'ls -R' 'ls d' 'ls *' find tree du \
		'get -r d' 'get -r ..' 'get -r /' 'mirror / m' 'mirror d n' \
		'mirror --delete d n' 'mirror -R n d' 'rm -n -r d' \
		'cp -r d e' 'rm -r e' 'complete names' 'complete names ..' \
		'complete names d/' check 'heal -n' 'list --json' 'ls --json -R'; do
		# shellcheck disable=SC2086
		set -f; client $command; set +f
		cat "$T/out" >>"$T/all"
		[ "$status" -lt 128 ] || diag "$command: $status"
	done
	printf '%s\n' '-ls *' '-get *' '-ls d/*' '-cd d' '-get -r *' '-get -r .' \
		'-cd ..' '-find *' | "$DFC" >>"$T/all" 2>/dev/null
	cd "$T/w" || exit 1
	clean "$1"
}

forging 2
everything 'one server lies'
client list
is "$out" "aaaaaaaa/evil
d/bbbbbb/evil
d/evil
d/good" 'the others tell all there is'
client get -r -t got d
is "$(cat got/d/good)" good 'and all of it is fetched'
forging 1 2 3 4
everything 'all lie'
client list
[ "$status" -ne 0 ]
t_result $? 'a list of liars alone is no success' || show_run
client mirror --delete d got/d
[ "$status" -ne 0 ] && [ -f got/d/good ]
t_result $? 'and deletes nothing' || show_run
dialogue 'TAB offers none of them' -s 100x30 "$DFC" <<'EOF'
expect dfc
send ls d/\t\t
quiet 300
absent ../
ctrl U
send cat .\t\t
quiet 300
absent ../
kill
EOF
for n in 1 2 3 4; do kill_server forge$n forge-a$n; done
t_end
