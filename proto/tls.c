#include "tls.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>

/* One hash for all, that of the key. */
#define SUITES "TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256"
#define PSK_INFO "dfs/1 tls13 psk "

struct tls_side {
	atomic_uint refs;
	SSL_CTX *context;
	struct keyring keys;
	bool server;
};

struct tls {
	struct tls_side *side;
	SSL *ssl;
	BIO *in;
	BIO *out;
	const struct keyring_key *peer;
	const char *why;
	bool shaken;
};

enum err tls_derive(const struct keyring_key *k, uint8_t out[KEYRING_KEY_SIZE])
{
	char info[sizeof(PSK_INFO) + KEYRING_LABEL_MAX];
	char digest[] = "SHA256";
	uint8_t key[KEYRING_KEY_SIZE];
	EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
	EVP_KDF_CTX *c = kdf ? EVP_KDF_CTX_new(kdf) : NULL;
	OSSL_PARAM params[4];
	int good = 0;

	EVP_KDF_free(kdf);
	if (!c)
		return ERR_MEMORY;
	(void)snprintf(info, sizeof(info), PSK_INFO "%s", k->label);
	memcpy(key, k->bytes, sizeof(key));
	params[0] = OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST,
						     digest, 0);
	params[1] = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, key,
						      sizeof(key));
	params[2] = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, info,
						      strlen(info));
	params[3] = OSSL_PARAM_construct_end();
	good = EVP_KDF_derive(c, out, KEYRING_KEY_SIZE, params) > 0;
	EVP_KDF_CTX_free(c);
	OPENSSL_cleanse(key, sizeof(key));
	return good ? ERR_OK : ERR_MEMORY;
}

/* A session of the library that stands for the key; key NULL: for one that
 * nobody has. */
static SSL_SESSION *make_session(SSL *ssl, const struct keyring_key *key)
{
	static const unsigned char suite[] = {0x13, 0x01};
	uint8_t psk[KEYRING_KEY_SIZE];
	SSL_SESSION *s = NULL;
	const SSL_CIPHER *cipher = SSL_CIPHER_find(ssl, suite);
	bool good = key ? tls_derive(key, psk) == ERR_OK
			: RAND_bytes(psk, sizeof(psk)) == 1;

	if (good && cipher)
		s = SSL_SESSION_new();
	if (s && (!SSL_SESSION_set1_master_key(s, psk, sizeof(psk)) ||
		  !SSL_SESSION_set_cipher(s, cipher) ||
		  !SSL_SESSION_set_protocol_version(s, TLS1_3_VERSION))) {
		SSL_SESSION_free(s);
		s = NULL;
	}
	OPENSSL_cleanse(psk, sizeof(psk));
	return s;
}

/* Whoever names a label that is not there fails as with a wrong key. */
static int find_key(SSL *ssl, const unsigned char *label, size_t len,
		    SSL_SESSION **out)
{
	struct tls *t = SSL_get_app_data(ssl);
	const struct keyring_key *key =
		keyring_find(&t->side->keys, (const char *)label, len);

	t->peer = key;
	*out = make_session(ssl, key);
	return *out != NULL;
}

static int use_key(SSL *ssl, const EVP_MD *md, const unsigned char **label,
		   size_t *len, SSL_SESSION **out)
{
	const struct tls *t = SSL_get_app_data(ssl);
	const struct keyring_key *key = &t->side->keys.keys[0];

	if (md && EVP_MD_get_type(md) != NID_sha256)
		return 0;
	*label = (const unsigned char *)key->label;
	*len = strlen(key->label);
	*out = make_session(ssl, key);
	return *out != NULL;
}

static bool set_up(SSL_CTX *c, bool server)
{
	/* A certificate never makes up for a key: nobody is trusted. */
	SSL_CTX_set_verify(c, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_session_cache_mode(c, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_options(c, SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION |
				       SSL_OP_NO_RENEGOTIATION);
	SSL_CTX_set_mode(c, SSL_MODE_RELEASE_BUFFERS);
	if (server) {
		SSL_CTX_set_verify(c, SSL_VERIFY_NONE, NULL);
		SSL_CTX_set_psk_find_session_callback(c, find_key);
	} else {
		SSL_CTX_set_psk_use_session_callback(c, use_key);
	}
	return SSL_CTX_set_min_proto_version(c, TLS1_3_VERSION) &&
	       SSL_CTX_set_max_proto_version(c, TLS1_3_VERSION) &&
	       SSL_CTX_set_ciphersuites(c, SUITES) &&
	       SSL_CTX_set_num_tickets(c, 0) &&
	       SSL_CTX_set_max_early_data(c, 0);
}

static enum err make_side(struct tls_side **out, struct keyring *keys,
			  bool server)
{
	struct tls_side *s = calloc(1, sizeof(*s));

	if (!s)
		return ERR_MEMORY;
	atomic_init(&s->refs, 1);
	s->server = server;
	s->context =
		SSL_CTX_new(server ? TLS_server_method() : TLS_client_method());
	if (!s->context || !set_up(s->context, server)) {
		SSL_CTX_free(s->context);
		free(s);
		return ERR_MEMORY;
	}
	s->keys = *keys;
	*keys = (struct keyring){0};
	*out = s;
	return ERR_OK;
}

enum err tls_side_server(struct tls_side **out, struct keyring *keys)
{
	return make_side(out, keys, true);
}

enum err tls_side_client(struct tls_side **out, struct keyring *keys)
{
	return make_side(out, keys, false);
}

void tls_side_drop(struct tls_side *s)
{
	if (!s || atomic_fetch_sub(&s->refs, 1) != 1)
		return;
	SSL_CTX_free(s->context);
	keyring_release(&s->keys);
	free(s);
}

const struct keyring *tls_side_keys(const struct tls_side *s)
{
	return &s->keys;
}

enum err tls_new(struct tls **out, struct tls_side *s)
{
	struct tls *t = calloc(1, sizeof(*t));

	if (!t)
		return ERR_MEMORY;
	atomic_fetch_add(&s->refs, 1);
	t->side = s;
	t->ssl = SSL_new(s->context);
	t->in = BIO_new(BIO_s_mem());
	t->out = BIO_new(BIO_s_mem());
	if (!t->ssl || !t->in || !t->out) {
		BIO_free(t->in);
		BIO_free(t->out);
		t->in = t->out = NULL;
		tls_free(t);
		return ERR_MEMORY;
	}
	BIO_set_mem_eof_return(t->in, -1);
	SSL_set_bio(t->ssl, t->in, t->out);
	SSL_set_app_data(t->ssl, t);
	if (s->server)
		SSL_set_accept_state(t->ssl);
	else
		SSL_set_connect_state(t->ssl);
	*out = t;
	return ERR_OK;
}

void tls_free(struct tls *t)
{
	if (!t)
		return;
	SSL_free(t->ssl);
	tls_side_drop(t->side);
	free(t);
}

enum err tls_feed(struct tls *t, const void *data, size_t len)
{
	size_t done;

	if (len == 0)
		return ERR_OK;
	return BIO_write_ex(t->in, data, len, &done) && done == len
		       ? ERR_OK
		       : ERR_MEMORY;
}

/* What the library says of a call that did not succeed. */
static enum err judge(struct tls *t, int result)
{
	int error = SSL_get_error(t->ssl, result);
	unsigned long code = ERR_peek_last_error();

	if (error == SSL_ERROR_WANT_READ)
		return ERR_SHORT;
	if (error == SSL_ERROR_ZERO_RETURN)
		return ERR_CLOSED;
	t->why = code ? ERR_reason_error_string(code) : NULL;
	if (!t->why)
		t->why = "the connection is of no use";
	return ERR_FORMAT;
}

enum err tls_shake(struct tls *t)
{
	int result;

	if (t->shaken)
		return ERR_OK;
	ERR_clear_error();
	result = SSL_do_handshake(t->ssl);
	if (result != 1) {
		enum err e = judge(t, result);

		if (e != ERR_CLOSED)
			return e;
		t->why = "the peer has ended it";
		return ERR_FORMAT;
	}
	/* Without this a server with any certificate would do. */
	if (!SSL_session_reused(t->ssl) || (t->side->server && !t->peer)) {
		t->why = "the peer has no key";
		return ERR_FORMAT;
	}
	t->shaken = true;
	return ERR_OK;
}

const char *tls_why(const struct tls *t)
{
	return t->why ? t->why : "";
}

const struct keyring_key *tls_peer_key(const struct tls *t)
{
	return t->shaken ? t->peer : NULL;
}

enum err tls_read(struct tls *t, void *out, size_t cap, size_t *got)
{
	enum err e;

	*got = 0;
	ERR_clear_error();
	if (SSL_read_ex(t->ssl, out, cap, got))
		return ERR_OK;
	e = judge(t, 0);
	return e == ERR_SHORT ? ERR_OK : e;
}

bool tls_has_part(const struct tls *t)
{
	return BIO_pending(t->in) > 0 || SSL_has_pending(t->ssl);
}

enum err tls_write(struct tls *t, const void *data, size_t len)
{
	size_t done;

	if (len == 0)
		return ERR_OK;
	ERR_clear_error();
	return SSL_write_ex(t->ssl, data, len, &done) && done == len
		       ? ERR_OK
		       : ERR_MEMORY;
}

size_t tls_pending(struct tls *t, const uint8_t **data)
{
	char *bytes = NULL;
	long len = BIO_get_mem_data(t->out, &bytes);

	*data = (const uint8_t *)bytes;
	return len > 0 ? (size_t)len : 0;
}

void tls_sent(struct tls *t, size_t len)
{
	char dropped[4096];
	const uint8_t *all;

	/* The common case needs no copy. */
	if (len == tls_pending(t, &all)) {
		(void)BIO_reset(t->out);
		return;
	}
	while (len > 0) {
		size_t n = len < sizeof(dropped) ? len : sizeof(dropped);

		if (BIO_read(t->out, dropped, (int)n) <= 0)
			return;
		len -= n;
	}
}
