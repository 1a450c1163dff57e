#!/bin/sh
# What a user does on the first day, four servers up.
. "${0%/*}/../lib.sh"
t_begin
start_servers 4

client list
silent 'list of a new cluster prints nothing'
client get nothing
complains 4 'dfc: nothing: no such file' 'get in a new cluster finds no file'
client rm nothing
complains 4 'dfc: nothing: no such file' 'rm in a new cluster finds no file'

random_file 100000 a.bin
client put a.bin
silent 'put succeeds silently'
cp a.bin kept
rm a.bin
client get a.bin
silent 'get succeeds silently'
ok 'get gives the bytes back' cmp a.bin kept

echo two >b
echo three >c.txt
client put c.txt b
silent 'put takes several files'
client list
says 0 "a.bin
b
c.txt" '' 'list shows bare names in byte order'
rm -f b c.txt
client get c.txt b
silent 'get takes several names'
is "$(cat b c.txt)" "two
three" 'each of several files has its own bytes'

client cat b c.txt
says 0 "two
three" '' 'cat writes the files to stdout in the order given'
client stat b
exits 0 'stat succeeds'
like "$out" '*b*4*' 'stat tells name and size'
client ls -l
exits 0 'ls -l succeeds'
like "$out" '*100000*a.bin*4*b*6*c.txt*' 'ls -l shows sizes and names'
client status
exits 0 'status succeeds with all servers up'
for n in 1 2 3 4; do
	like "$out" "*dfs$n*" "status shows dfs$n"
done

echo 'version two' >b
client put b
silent 'put over an old version is silent'
client cat b
says 0 'version two' '' 'the new version is what is there'
client list
says 0 "a.bin
b
c.txt" '' 'an overwritten name is listed once'

client rm b
silent 'rm is silent'
client list
says 0 "a.bin
c.txt" '' 'a removed name is not listed'
echo mine >b
client get b
complains 4 'b is incomplete' 'get of a removed name says incomplete'
complains 4 'dfc: b: no such file' 'and that there is no such file'
is "$(cat b)" mine 'the local file of that name is untouched'
client rm b
complains 4 'dfc: b: no such file' 'a second rm finds no file'
client rm -f b
silent 'rm -f of a missing name succeeds'
client cat b
complains 4 'dfc: b: no such file' 'cat of a missing name fails'
client stat b
complains 4 'dfc: b: no such file' 'stat of a missing name fails'
client put b
silent 'a removed name can be put again'
client cat b
says 0 mine '' 'and is read back'

client get a.bin nosuch
exits 6 'get of one good and one missing name is partial'
ok 'the good one of the two arrived' cmp a.bin kept
client rm b c.txt
silent 'rm takes several names'
client list
says 0 a.bin '' 'and they are gone'
t_end
