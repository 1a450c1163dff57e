/* What of a partial file can be used: whole chunks, and the fronts of others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "layout.h"
#include "salvage.h"

#define CHUNK (3 * SALVAGE_BLOCK) /* bytes */
#define SIZE (4 * CHUNK)

struct desk {
	struct loop loop;
	struct salvage salvage;
	struct version version;
	struct digest digests[4];
	uint8_t *content;
	int fd; /* the partial file: all zeros at first */
	unsigned found;
	uint64_t have[4];
	bool whole[4];
	struct digest rest[4]; /* with the rest of the content hashed, too */
	unsigned stop_at;
};

static void on_found(void *arg, unsigned chunk, uint64_t have,
		     const struct digest_state *state)
{
	struct desk *d = arg;
	struct digest_state *copy = digest_new(DIGEST_SHA256);

	assert_int_equal(chunk, d->found);
	d->found++;
	d->have[chunk] = have;
	d->whole[chunk] = state == NULL;
	if (state) {
		digest_copy(copy, state);
		digest_update(copy, d->content + chunk * CHUNK + have,
			      CHUNK - have);
		digest_final(copy, &d->rest[chunk]);
	}
	digest_free(copy);
	if (d->found == d->stop_at)
		salvage_stop(&d->salvage);
}

static void set_up(struct desk *d)
{
	*d = (struct desk){.version = {.size = SIZE, .y = 4}};
	d->version.alg = DIGEST_SHA256;
	d->content = malloc(SIZE);
	assert_non_null(d->content);
	for (size_t i = 0; i < SIZE; i++)
		d->content[i] = (uint8_t)(1 + i % 251);
	d->fd = memfd_create("partial", MFD_CLOEXEC);
	assert_true(d->fd >= 0);
	assert_int_equal(ftruncate(d->fd, SIZE), 0);
	assert_int_equal(loop_init(&d->loop), ERR_OK);
	salvage_init(&d->salvage, &d->loop, on_found, d);
}

static void put(struct desk *d, size_t from, size_t len)
{
	assert_int_equal(pwrite(d->fd, d->content + from, len, (off_t)from),
			 (ssize_t)len);
}

static void look(struct desk *d)
{
	for (unsigned i = 0; i < 4; i++)
		digest_of(DIGEST_SHA256, d->content + i * CHUNK, CHUNK,
			  &d->digests[i]);
	assert_int_equal(
		salvage_begin(&d->salvage, d->fd, &d->version, d->digests),
		ERR_OK);
	for (int i = 0; salvage_runs(&d->salvage) && i < 1000; i++)
		loop_turn(&d->loop);
	assert_false(salvage_runs(&d->salvage));
}

static void tear_down(struct desk *d)
{
	salvage_stop(&d->salvage);
	loop_release(&d->loop);
	close(d->fd);
	free(d->content);
}

/* The chunk can be gone on with from there. */
static void assert_front(const struct desk *d, unsigned chunk, uint64_t have)
{
	assert_false(d->whole[chunk]);
	assert_int_equal(d->have[chunk], have);
	assert_true(digest_equal(&d->rest[chunk], &d->digests[chunk]));
}

static void whole_chunks_and_fronts_are_found(void **state)
{
	struct desk d;

	(void)state;
	set_up(&d);
	put(&d, 0, CHUNK);
	put(&d, CHUNK, SALVAGE_BLOCK);	       /* ends with a block */
	put(&d, 2 * CHUNK, SALVAGE_BLOCK + 9); /* and within one */
	look(&d);
	assert_int_equal(d.found, 4);
	assert_true(d.whole[0]);
	assert_int_equal(d.have[0], CHUNK);
	assert_front(&d, 1, SALVAGE_BLOCK);
	assert_front(&d, 2, SALVAGE_BLOCK + 9);
	assert_front(&d, 3, 0);
	tear_down(&d);
}

static void zeros_of_the_content_are_no_end(void **state)
{
	struct desk d;

	(void)state;
	set_up(&d);
	memset(d.content + 5, 0, SALVAGE_BLOCK + 5); /* amid */
	memset(d.content + 2 * CHUNK - 7, 0, 7);     /* at the end */
	memset(d.content + 3 * CHUNK - SALVAGE_BLOCK - 1, 0, SALVAGE_BLOCK + 1);
	memset(d.content + 3 * CHUNK, 0, CHUNK); /* all */
	put(&d, 0, SIZE);
	look(&d);
	for (unsigned i = 0; i < 4; i++) {
		assert_true(d.whole[i]);
		assert_int_equal(d.have[i], CHUNK);
	}
	tear_down(&d);
}

static void a_front_with_zeros_in_it_is_found(void **state)
{
	struct desk d;

	(void)state;
	set_up(&d);
	memset(d.content + 5, 0, SALVAGE_BLOCK + 5);
	put(&d, 0, SALVAGE_BLOCK + 20);
	memset(d.content + CHUNK, 0, SALVAGE_BLOCK);
	put(&d, CHUNK, SALVAGE_BLOCK + 1);
	look(&d);
	assert_front(&d, 0, SALVAGE_BLOCK + 20);
	assert_front(&d, 1, SALVAGE_BLOCK + 1);
	tear_down(&d);
}

static void a_damaged_chunk_is_not_there_at_all(void **state)
{
	struct desk d;

	(void)state;
	set_up(&d);
	put(&d, 0, SIZE);
	d.content[CHUNK + 3]++;
	look(&d);
	assert_true(d.whole[0]);
	assert_front(&d, 1, 0);
	assert_true(d.whole[2]);
	tear_down(&d);
}

static void a_file_that_is_cut_gives_what_it_has(void **state)
{
	struct desk d;

	(void)state;
	set_up(&d);
	put(&d, 0, SIZE);
	assert_int_equal(ftruncate(d.fd, CHUNK + 100), 0);
	look(&d);
	assert_true(d.whole[0]);
	assert_front(&d, 1, 100);
	assert_front(&d, 3, 0);
	tear_down(&d);
}

static void it_can_be_stopped_while_it_tells(void **state)
{
	struct desk d;

	(void)state;
	set_up(&d);
	put(&d, 0, SIZE);
	d.stop_at = 2;
	look(&d);
	assert_int_equal(d.found, 2);
	tear_down(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_chunks_and_fronts_are_found),
		cmocka_unit_test(zeros_of_the_content_are_no_end),
		cmocka_unit_test(a_front_with_zeros_in_it_is_found),
		cmocka_unit_test(a_damaged_chunk_is_not_there_at_all),
		cmocka_unit_test(a_file_that_is_cut_gives_what_it_has),
		cmocka_unit_test(it_can_be_stopped_while_it_tells),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
