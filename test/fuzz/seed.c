/*
 * seed DIR: writes the first inputs of every fuzz target of proto/ below
 * DIR/<target>/, from the encoders and from tables of texts.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "../messages.h"

static const char *const names[] = {
	"foo",	  "a/b/c",     ".hidden",     "..",	  "a/../b",
	"@state", "a/@x",      "@@",	      "a//b",	  "caf\xc3\xa9",
	"\xff\n", "\\x1b[31m", "$(ls) `x` ;", "a\tb\x7f", "\xc2\x9f\xe2\x82"};

static const char *const addresses[] = {
	"127.0.0.1:10001", "[::1]:10001",    "[fe80::1%lo]:1",
	"localhost:80",	   "host.example:0", "[::ffff:127.0.0.1]:1",
	"::1:80",	   "h:65536",	     "0.0.0.0:1",
	"[1.2.3.4]:1",	   "host:080"};

static const char *const numbers[] = {
	"0",
	"18446744073709551615",
	"18446744073709551616",
	"010",
	"80x",
	"64MiB",
	"15 s",
	"7d",
	"11",
	"16777216TiB",
	"0000777",
	"00ff",
	"-1",
	"000000000000002a-0123456789abcdef-00000003-ffffffffffffffff",
	"0123456789abcdef0123456789abcdef"};

static const char *const configurations[] = {
	"",
	"# c\n[client]\nrequire = all ; c\njobs=8\n",
	"[daemon]\nreserve = 12 # c\nfence = 12s\ncreate = no\n",
	"[servers]\ndfs1 = 127.0.0.1:1\ndfs2 = \"[::1]:2\" ; c\n",
	"# server dfs1 h:1\n[client]\r\nrequire = 'a;b'\r\n",
	"[client]\nrequire = \"\"\nrequire = x\n",
	"[client]\njobs = 99999999999999999999\n",
	"[daemon]\nreserve = 1x\nfence = \"\"\ncreate = maybe\n",
	"[deamon]\nrserve = 1\n",
	"[client]\nrequire = a#b\n",
	"[client]\nrequire = a\\\njobs = 1\n",
	"[client\n",
	"jobs = 1\n",
	"[client]\nrequire = \"x\n"};

#define HEX16 "0123456789abcDEF"
#define HEX HEX16 HEX16 HEX16 HEX16

static const char *const key_files[] = {"a:" HEX "\n",
					"# c\n\n a@b.c_d-1:" HEX ":ro\r\n",
					"a@b.c_d-1:" HEX ":ro \t\r\nb:" HEX
					"\n",
					"a:" HEX "\na:" HEX "\n",
					"a:" HEX "0\n",
					"a:" HEX16 "\n",
					"a:" HEX ":rw\n",
					":" HEX "\n",
					"a b:" HEX "\n",
					HEX HEX16 ":" HEX "\n",
					"a",
					"#"};

static const char dir_name[] =
	"@c-0000000000000007-0123456789abcdef-00000000-0000000000000000"
	"-04-02-0000000000001000003-17979cfe3d85cd15-0644"
	"-x101112131415161718191a1b1c1d1e1f";
static const char chunk_name[] =
	"03-0000000000000250000-x202122232425262728292a2b2c2d2e2f";

static const char *top;

static void fail(const char *path)
{
	fprintf(stderr, "seed: %s: %s\n", path, strerror(errno));
	exit(1);
}

static void make_directory(const char *path)
{
	if (mkdir(path, 0777) < 0 && errno != EEXIST)
		fail(path);
}

/* One input: an optional byte that chooses, then the bytes. */
static void write_input(const char *target, const char *name, int choice,
			const void *data, size_t len)
{
	char path[4096];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", top, target);
	make_directory(path);
	snprintf(path, sizeof(path), "%s/%s/seed-%s", top, target, name);
	f = fopen(path, "wb");
	if (f == NULL)
		fail(path);
	if (choice >= 0)
		fputc(choice, f);
	if (fwrite(data, 1, len, f) != len || fclose(f) != 0)
		fail(path);
}

static void write_texts(const char *target, const char *const *texts,
			size_t count)
{
	char name[16];

	for (size_t i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "%02zu", i);
		write_input(target, name, -1, texts[i], strlen(texts[i]));
	}
}

#define write_table(target, table) \
	write_texts(target, table, sizeof(table) / sizeof(table[0]))

/* encoded: what put() has written, or the program ends. */
static void must_be_ok(enum err e)
{
	if (e != ERR_OK) {
		fprintf(stderr, "seed: %s\n", err_text(e));
		exit(1);
	}
}

static void write_messages(void)
{
	static union any_message m;
	static uint8_t space[FRAME_HEAD_MAX];
	struct wbuf b;
	char name[64];

	for (size_t r = 0; r < MESSAGES; r++) {
		for (unsigned i = 0;; i++) {
			memset(&m, 0, sizeof(m));
			if (!messages[r].sample(i, &m))
				break;
			wbuf_init(&b, space, sizeof(space));
			must_be_ok(messages[r].put(&b, &m));
			snprintf(name, sizeof(name), "%s-%u", messages[r].name,
				 i);
			write_input("fuzz_msg", name, (int)r, space, b.len);
		}
	}
}

static void write_frames(void)
{
	uint8_t space[4 * FRAME_HEADER_SIZE];
	struct frame f = {.op = OP_QUERY, .id = 1, .head_len = 5};
	struct greeting g = {1, 1, STORE_MEMBER, STORE_VERSIONS, {1, 2, 3}};
	struct wbuf b;

	wbuf_init(&b, space, sizeof(space));
	must_be_ok(frame_put(&b, &f));
	f.op = OP_FETCH, f.flags = FRAME_ANSWER | FRAME_MORE;
	f.body_len = FRAME_DATA_MAX;
	must_be_ok(frame_put(&b, &f));
	f.flags = FRAME_ANSWER, f.status = ST_GONE;
	must_be_ok(frame_put(&b, &f));
	f.body_len = UINT64_C(1) << 40;
	must_be_ok(frame_put(&b, &f));
	write_input("fuzz_frame", "stream", -1, space, b.len);
	wbuf_init(&b, space, sizeof(space));
	must_be_ok(greeting_put(&b, &g));
	write_input("fuzz_greeting", "member", -1, space, b.len);
	write_input("fuzz_greeting", "cut", -1, space, b.len - 1);
	space[9] = 2, space[11] = 3;
	write_input("fuzz_greeting", "newer", -1, space, b.len);
}

static void write_records(void)
{
	struct record r = sample_record(DIGEST_XXH3);
	struct record s = sample_record(DIGEST_SHA256);
	uint8_t space[512];
	struct wbuf b;

	wbuf_init(&b, space, sizeof(space));
	must_be_ok(record_put(&b, &r, false));
	write_input("fuzz_record", "plain", 0, space, b.len);
	wbuf_init(&b, space, sizeof(space));
	must_be_ok(record_put(&b, &s, true));
	write_input("fuzz_record", "digests", 1, space, b.len);
	write_input("fuzz_record", "directory", 2, dir_name, strlen(dir_name));
	write_input("fuzz_record", "chunk", 3, chunk_name, strlen(chunk_name));
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: seed DIR\n");
		return 2;
	}
	top = argv[1];
	make_directory(top);
	write_messages();
	write_frames();
	write_records();
	write_table("fuzz_name", names);
	write_table("fuzz_addr", addresses);
	write_table("fuzz_num", numbers);
	write_table("fuzz_conf", configurations);
	write_table("fuzz_keyring", key_files);
	return 0;
}
