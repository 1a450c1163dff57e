/*
 * A key file: what is refused has a message of one line, what is taken has
 * labels that differ, and is taken again as it is written down.  Either way the
 * text is wiped.
 */
#include "fuzz.h"
#include "keyring.h"

#define LINE_MAX_BYTES (KEYRING_LABEL_MAX + 2 * KEYRING_KEY_SIZE + 8)

static void write_down(const struct keyring *r, char *out, size_t *len)
{
	*len = 0;
	for (size_t i = 0; i < r->count; i++) {
		const struct keyring_key *k = &r->keys[i];

		*len += (size_t)snprintf(out + *len, LINE_MAX_BYTES,
					 "%s:", k->label);
		for (size_t j = 0; j < KEYRING_KEY_SIZE; j++)
			*len += (size_t)snprintf(out + *len, 3, "%02x",
						 k->bytes[j]);
		*len += (size_t)snprintf(out + *len, 5, "%s\n",
					 k->read_only ? ":ro" : "");
	}
}

static void check_ring(const struct keyring *r)
{
	must(r->count >= 1 && r->count <= KEYRING_MAX);
	for (size_t i = 0; i < r->count; i++) {
		const char *label = r->keys[i].label;
		size_t len = strnlen(label, sizeof(r->keys[i].label));

		must(len >= 1 && len <= KEYRING_LABEL_MAX);
		must(keyring_find(r, label, len) == &r->keys[i]);
	}
}

static void check_again(const struct keyring *r)
{
	char message[KEYRING_MESSAGE_MAX];
	char *text = malloc(KEYRING_MAX * LINE_MAX_BYTES);
	struct keyring again;
	size_t len;

	must(text != NULL);
	write_down(r, text, &len);
	must(keyring_parse(&again, "again", text, len, message) == ERR_OK);
	must(again.count == r->count);
	for (size_t i = 0; i < r->count; i++)
		must(keyring_same(&again.keys[i], &r->keys[i]));
	keyring_release(&again);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char message[KEYRING_MESSAGE_MAX];
	char *text = fuzz_text(data, size);
	struct keyring ring;

	if (keyring_parse(&ring, "KEYS", text, size, message) == ERR_OK) {
		check_ring(&ring);
		check_again(&ring);
		keyring_release(&ring);
	} else {
		must(strnlen(message, sizeof(message)) < sizeof(message));
		must(strncmp(message, "KEYS:", 5) == 0);
		must(strchr(message, '\n') == NULL);
	}
	for (size_t i = 0; i < size; i++)
		must(text[i] == '\0');
	free(text);
	return 0;
}
