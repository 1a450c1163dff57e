#!/bin/sh
# make install and uninstall, below DESTDIR.
. "${0%/*}/../lib.sh"
root=$(cd "${0%/*}/../.." && pwd)
t_begin

# As a user would, but with the programs that are being tested.
make_it() {
	make -s -C "$root" BUILD="$BUILD" DESTDIR="$T/dest" PREFIX=/usr "$@"
}
BUILD=${MEASURE%/*} BUILD=${BUILD#"$root/"}
ok 'make install' make_it -o all install
ok 'dfs is in sbin and runs' "$T/dest/usr/sbin/dfs" --version
ok 'dfc is in bin and runs' "$T/dest/usr/bin/dfc" --version
for page in man1/dfc.1 man5/dfc.conf.5 man5/dfs.conf.5 man5/dfs-format.5 \
	man7/dfs-consistency.7 man7/dfs-protocol.7 man8/dfs.8; do
	ok "$page is there" test -s "$T/dest/usr/share/man/$page"
done
ok 'the sample dfs.conf is there' \
	cmp "$T/dest/usr/share/doc/dfs/dfs.conf" "$root/etc/dfs.conf"
for file in bash-completion/completions/dfc zsh/site-functions/_dfc \
	fish/vendor_completions.d/dfc.fish; do
	ok "$file is there" grep -q skip-existing "$T/dest/usr/share/$file"
done
ok 'make uninstall' make_it uninstall
is "$(find "$T/dest" ! -type d)" '' 'leaves nothing'
t_end
