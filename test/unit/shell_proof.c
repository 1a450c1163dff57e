/* Which digests of a version's chunks its root proves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "proof.h"

#define Y 4

struct answers {
	struct quorum q;
	struct record records[Y];
	struct digest right[Y];
};

/* Server i holds chunks i and i + 1, with the right digests. */
static void make(struct answers *a)
{
	struct found *f = &a->q.found;

	memset(a, 0, sizeof(*a));
	a->q.settings.count = Y;
	f->version = (struct version){.tag = {.ctr = 1}, .y = Y, .alg = 1};
	for (unsigned i = 0; i < Y; i++)
		digest_of(DIGEST_XXH3, &i, sizeof(i), &a->right[i]);
	digest_root(DIGEST_XXH3, a->right, Y, &f->version.root);
	for (unsigned i = 0; i < Y; i++) {
		unsigned next = (i + 1) % Y;

		a->records[i] =
			(struct record){.v = f->version,
					.state = RECORD_COMMITTED,
					.place = (uint8_t)i,
					.first = (uint8_t)i,
					.have = 3,
					.chunk = {a->right[i], a->right[next]}};
		a->q.servers[i].answered = true;
		a->q.servers[i].records = &a->records[i];
		a->q.servers[i].count = 1;
		f->holders[i] |= UINT64_C(1) << i;
		f->holders[next] |= UINT64_C(1) << i;
	}
}

static void away(struct answers *a, unsigned server)
{
	a->q.servers[server].answered = false;
	for (unsigned i = 0; i < Y; i++)
		a->q.found.holders[i] &= ~(UINT64_C(1) << server);
}

static void assert_proven(struct answers *a, uint64_t liars)
{
	struct digest all[LAYOUT_MAX];
	uint64_t some = 99;

	assert_true(proof_find(&a->q, all, &some));
	assert_int_equal(some, liars);
	for (unsigned i = 0; i < Y; i++)
		assert_true(digest_equal(&all[i], &a->right[i]));
}

static void digests_that_have_the_root_are_taken(void **state)
{
	struct answers a;

	(void)state;
	make(&a);
	assert_proven(&a, 0);
	away(&a, 1);
	assert_proven(&a, 0);
	away(&a, 3);
	assert_proven(&a, 0);
}

static void one_server_that_says_otherwise_is_found_out(void **state)
{
	struct answers a;

	(void)state;
	for (unsigned liar = 0; liar < Y; liar++) {
		make(&a);
		a.records[liar].chunk[0].bytes[3] ^= 1;
		a.records[liar].chunk[1].bytes[3] ^= 1;
		/* Nobody needs the last one: its bytes will tell. */
		assert_proven(&a, liar == Y - 1 ? 0 : UINT64_C(1) << liar);
		/* It is not to be done without both. */
		away(&a, (liar + 1) % Y);
		assert_false(proof_find(&a.q, a.right, &(uint64_t){0}));
	}
}

static void a_chunk_that_nobody_has_proves_nothing(void **state)
{
	struct answers a;

	(void)state;
	make(&a);
	away(&a, 0);
	away(&a, 1);
	assert_false(proof_find(&a.q, a.right, &(uint64_t){0}));
	make(&a);
	a.records[0].have = 2;
	a.records[3].have = 1;
	assert_false(proof_find(&a.q, a.right, &(uint64_t){0}));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(digests_that_have_the_root_are_taken),
		cmocka_unit_test(one_server_that_says_otherwise_is_found_out),
		cmocka_unit_test(a_chunk_that_nobody_has_proves_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
