#!/bin/sh
# How far a long command is: where there is no terminal.
. "${0%/*}/../lib.sh"
t_begin
start_servers 4
mkfifo auto.in never.in always.in

# Three puts that wait for more input, as long as the last needs for two lines.
"$DFC" put - -o auto <auto.in 2>"$T/auto" &
auto=$!
"$DFC" put --progress=never - -o never <never.in 2>"$T/never" &
never=$!
"$DFC" -q --progress=always put - -o always <always.in 2>"$T/always" &
always=$!
exec 7>auto.in 8>never.in 9>always.in
for fd in 7 8 9; do head -c 307200 /dev/zero >&$fd; done
has_lines() { [ "$(wc -l <"$1")" -ge "$2" ]; }
ok 'lines come while nothing moves' await 10 has_lines "$T/always" 2
exec 7>&- 8>&- 9>&-
wait $auto && wait $never && wait $always
t_result $? 'all three are stored'
is "$(cat "$T/auto" "$T/never")" '' \
	'a stderr that is no terminal gets no progress, unless it is wanted'
head -n 2 "$T/always" | grep -vE '^always  300 KiB(  [0-9.]+ [KM]?i?B/s)?$' \
	>"$T/other"
is "$(cat "$T/other")" '' 'the lines say name, amount and rate'
[ "$(tr -d '\r\033' <"$T/always")" = "$(cat "$T/always")" ]
t_result $? 'without a carriage return or an escape sequence'
is "$(dfc stat always | grep '^size ')" 'size     307200' 'and all is there'
t_end
