#!/bin/sh
# Directory trees: put -r and get -r.
. "${0%/*}/../lib.sh"
t_begin
start_servers 4

mkdir -p tree/docs/deep/er tree/empty 'tree/odd name'
echo a >tree/a
echo b >tree/docs/b
echo c >tree/docs/deep/er/c
echo d >'tree/odd name/@d'
random_file 200000 tree/docs/big
mkfifo tree/pipe
ln -s /etc/passwd tree/link
rm tree/link

client put -r tree
like "$err" '*tree/pipe*' 'put -r names the FIFO that it does not store'
rm tree/pipe
client put -r tree
silent 'put -r of a tree'
client list
says 0 "tree/a
tree/docs/b
tree/docs/big
tree/docs/deep/er/c
tree/odd name/@d" '' 'names carry the path'
mv tree was
client get -r tree
silent 'get -r of a prefix'
rmdir was/empty
ok 'the tree is as it was' diff -r tree was
rm -rf tree
client get -r -t there tree/docs
silent 'get -r -t DIR'
ok 'recreates the paths below DIR' diff -r there/tree/docs was/docs
client rm -r tree/docs
silent 'rm -r of a prefix'
client list
says 0 "tree/a
tree/odd name/@d" '' 'removes what is below it'
client rm -r ''
exits 2 'rm -r of an empty name is refused'
client rm -rf tree/a /
exits 2 'of a slash too'
client rm -rf nosuch
silent 'rm -rf of a prefix without names is no error'
client rm -r nosuch
exits 4 'rm -r of one is'
client list tree
says 0 "tree/a
tree/odd name/@d" '' 'nothing of these removed anything'
client get -r nosuch
exits 4 'get -r of a prefix without names finds nothing'

mkdir many
for i in $(seq 300); do echo "$i" >"many/$i"; done
client put many/*
silent '300 files in one command'
client list
is "$(wc -l <"$T/out")" 302 'are all listed'
mkdir back
client get -t back $(ls many)
silent '300 files come back in one command'
ok 'with their bytes' diff -r many back
client rm $(ls many)
silent 'and are removed in one command'
client list
says 0 "tree/a
tree/odd name/@d" '' 'all of them'
t_end
