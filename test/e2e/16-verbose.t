#!/bin/sh
# -v: which reads had no majority behind them.
. "${0%/*}/../lib.sh"
t_begin
start_servers 4
echo text >file
echo text >gone
client put file gone
client rm gone
marks="read without a majority's marks"

client -v get -t all file
silent 'a get that a majority stands behind says nothing'
client -v rm gone
says 4 '' 'dfc: gone: no such file' 'nor does one of what is not there'
kill_server 3
client --verbose cat file
says 0 text '' 'three of four are a majority'
kill_server 1
client -v cat file
says 0 text "dfc: file: $marks" 'two of four are not: -v says so'
client -qv get -t two file
says 0 '' "dfc: file: $marks" 'of get too, whatever -q keeps back'
client cat file
says 0 text '' 'without -v nothing is said'
client -v get gone
complains 4 "dfc: gone: $marks" 'nor are they for what was deleted'
client -v get never
[ "$status" = 4 ] && ! grep -q marks "$T/err"
t_result $? 'what never was needs no marks' || show_run
client -v list
says 0 file '' 'a list is no read of a file'
t_end
