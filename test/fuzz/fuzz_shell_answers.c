/*
 * What three servers answer to a list, a get or a stat: whatever it is, the
 * operation ends, tells only names that are names, and in order, and delivers
 * nothing that is not verified.
 *
 * Input: what is done, u8; for each server a length, u16, and what it sends
 * behind its greeting until it closes the connection.
 */
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "buf.h"
#include "fuzz.h"
#include "get.h"
#include "listing.h"
#include "lookup.h"
#include "name.h"

#define SERVERS 3

static struct settings settings = {.count = SERVERS};
static struct cluster cluster;
static struct loop loop;
static int peers[SERVERS];

/* The link's connection stands, and all that will come is there. */
static void plug(struct link *k, int *peer, const uint8_t *data, size_t len)
{
	int fds[2];

	must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0,
			fds) == 0);
	must(send(fds[1], data, len, 0) == (ssize_t)len);
	must(shutdown(fds[1], SHUT_WR) == 0);
	*peer = fds[1];
	k->wire.fd = k->watch.fd = fds[0];
	k->state = LINK_UP;
	k->why = NULL;
	must(loop_watch(&loop, &k->watch, EPOLLIN) == ERR_OK);
}

struct last {
	char name[NAME_MAX_BYTES];
	size_t len;
};

static void on_name(void *arg, const struct listing_name *n)
{
	struct last *last = arg;

	must(name_check(n->text, n->len) == ERR_OK);
	must(last->len == 0 ||
	     name_compare(last->name, last->len, n->text, n->len) < 0);
	must(n->listed != LISTED_NOT);
	memcpy(last->name, n->text, n->len);
	last->len = n->len;
}

static void do_list(void)
{
	struct last last = {.len = 0};
	struct listing_query q = {.cluster = &cluster,
				  .prefix = "",
				  .each = on_name,
				  .arg = &last};
	struct view v;

	(void)listing_run(&q, &v);
}

static void on_over(void *arg, struct task *task)
{
	bool *over = arg;

	if (task->q.outcome == OUTCOME_OK)
		must(get_finish(task) == ERR_OK);
	*over = true;
}

static void do_get(void)
{
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	struct target t;
	struct get *g;
	struct task *task;
	bool over = false;

	must(null >= 0);
	target_stream(&t, null);
	g = get_new(&cluster, &t, "f", 1, false);
	must(g != NULL);
	task = get_task(g);
	task->over = on_over;
	task->arg = &over;
	task_start(task);
	while (!over)
		loop_turn(&loop);
	task->kind->free(task);
	close(null);
}

static void do_stat(void)
{
	struct lookup *l = malloc(sizeof(*l));
	struct view v;
	struct found f;

	must(l != NULL);
	lookup_start(l, &cluster, "f", 1);
	lookup_wait(&l, 1);
	lookup_judge(l, &v, &f);
	lookup_release(l);
	free(l);
}

static void (*const things[])(void) = {do_list, do_get, do_stat};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rbuf b;
	uint8_t what;

	rbuf_init(&b, data, size);
	if (rbuf_u8(&b, &what) != ERR_OK)
		return 0;
	for (unsigned i = 0; i < SERVERS; i++) {
		struct addr *a = &settings.servers[i].addr;

		memcpy(a->host, "127.0.0.1", sizeof("127.0.0.1"));
		a->port = 1;
	}
	must(loop_init(&loop) == ERR_OK);
	must(cluster_init(&cluster, &loop, &settings, NULL) == ERR_OK);
	for (unsigned i = 0; i < SERVERS; i++) {
		const uint8_t *part = data;
		size_t len = 0;

		if (rbuf_str16(&b, &part, &len, 65535) != ERR_OK)
			len = 0;
		plug(&cluster.links[i], &peers[i], part, len);
	}
	things[what % 3]();
	cluster_release(&cluster);
	loop_release(&loop);
	for (unsigned i = 0; i < SERVERS; i++)
		close(peers[i]);
	return 0;
}
