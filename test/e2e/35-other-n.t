#!/bin/sh
# The same rules with 2, 3, 5 and 7 servers: a majority for put and rm, half
# for reads.
. "${0%/*}/../lib.sh"
t_begin
random_file 30001 a
random_file 45007 src

# begins N
begins() {
	rm -rf "$T"/[1-9]
	start_servers "$1"
	client put a
	silent "$1 servers: put with all up"
	client cat a
	[ "$status" = 0 ] && cmp -s "$T/out" a
	t_result $? "$1 servers: and get" || show_run
}

# reads: get of `a` is right.
reads() {
	client cat a
	[ "$status" = 0 ] && cmp -s "$T/out" a
	t_result $? "$1" || show_run
}

# writes NAME: put and rm of another name succeed.
writes() {
	client put -o other src
	exits 0 "$1: put"
	client cat other
	[ "$status" = 0 ] && cmp -s "$T/out" src
	t_result $? "$1: read back" || show_run
	client rm other
	exits 0 "$1: rm"
	client list
	is "$status $out" '0 a' "$1: list"
}

# refuses NAME
refuses() {
	client put -o other src
	complains 5 'other put failed' "$1: put fails"
	client rm a
	exits 5 "$1: rm fails"
}

begins 2
kill_server 1
reads '2 servers, one down: get'
refuses '2 servers, one down'
client list
is "$status $out" '0 a' '2 servers, one down: list'
kill_server 2
client list
is "$status$out" 5 '2 servers, both down: list fails'
restart_server 1 2
writes '2 servers, both back'
stop_server 1 2

begins 3
kill_server 2
reads '3 servers, one down: get'
writes '3 servers, one down'
kill_server 1
client get a
complains 5 'a is incomplete' '3 servers, two down: get'
client list
is "$status $out" '6 a [incomplete]' '3 servers, two down: list'
refuses '3 servers, two down'
restart_server 1 2
reads '3 servers, all back: get'
stop_server 1 2 3

begins 5
kill_server 4
reads '5 servers, one down: get'
writes '5 servers, one down'
kill_server 2
reads '5 servers, two apart down: get'
writes '5 servers, two apart down'
restart_server 2
kill_server 3
client get a
complains 5 'a is incomplete' '5 servers, two neighbours down: get'
client list
is "$status $out" '0 a [incomplete]' '5 servers, two neighbours down: list'
client put -o other src
exits 0 '5 servers, two neighbours down: put'
client cat other
[ "$status" = 0 ] && cmp -s "$T/out" src
t_result $? '5 servers, two neighbours down: what was put is read' || show_run
client rm other
exits 0 '5 servers, two neighbours down: rm'
kill_server 1
refuses '5 servers, three down'
client list
is "$status $out" '6 a [incomplete]' '5 servers, three down: list'
restart_server 1 3 4
reads '5 servers, all back: get'
stop_server 1 2 3 4 5

begins 7
kill_server 1 3 5
reads '7 servers, three apart down: get'
writes '7 servers, three apart down'
kill_server 7
refuses '7 servers, four down'
client list
is "$status $out" '6 a [incomplete]' '7 servers, four down: list'
restart_server 1 3 5 7
reads '7 servers, all back: get'
stop_server 1 2 3 4 5 6 7

rm -rf "$T"/[1-9]
start_server 1
write_conf 1
client list
silent 'one server: list works'
client put a
complains 5 'a put failed' 'one server: put fails'
t_end
