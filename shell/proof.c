#include "proof.h"

static uint64_t bit(unsigned server)
{
	return UINT64_C(1) << server;
}

static const struct digest *digest_at(const struct quorum *q, unsigned server,
				      unsigned chunk)
{
	const struct quorum_server *s = &q->servers[server];
	struct held held = {s->records, s->count};

	if (!s->answered || !(q->found.holders[chunk] & bit(server)))
		return NULL;
	return found_digest(&q->found, &held, chunk);
}

/* The digests that all servers but `without` give: do they make the root? */
static bool digests_fit(const struct quorum *q, uint64_t without,
			struct digest *all)
{
	const struct version *v = &q->found.version;
	struct digest root;

	for (unsigned i = 0; i < v->y; i++) {
		const struct digest *d = NULL;

		for (unsigned s = 0; !d && s < q->settings.count; s++)
			if (!(without & bit(s)))
				d = digest_at(q, s, i);
		if (!d)
			return false;
		all[i] = *d;
	}
	digest_root(v->alg, all, v->y, &root);
	return digest_equal(&root, &v->root);
}

bool proof_find(const struct quorum *q, struct digest *all, uint64_t *liars)
{
	*liars = 0;
	if (digests_fit(q, 0, all))
		return true;
	for (unsigned s = 0; s < q->settings.count; s++) {
		if (digests_fit(q, bit(s), all)) {
			*liars = bit(s);
			return true;
		}
	}
	return false;
}
