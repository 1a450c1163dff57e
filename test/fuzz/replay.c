/*
 * Stands in for libFuzzer: runs LLVMFuzzerTestOneInput over every file of
 * $FUZZ_CORPUS/<name of this program>, and says so in TAP.  An empty or
 * missing directory is a failure.
 */
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define INPUT_MAX (1u << 20) /* bytes */

static void die(const char *what)
{
	printf("Bail out! %s: %s\n", what, strerror(errno));
	exit(1);
}

/* The input is exactly as long as its allocation, so that one byte too many
 * is seen by a sanitizer. */
static void replay(const char *path)
{
	static uint8_t bytes[INPUT_MAX];
	FILE *f = fopen(path, "rb");
	uint8_t *input;
	size_t size;

	if (!f)
		die(path);
	size = fread(bytes, 1, sizeof(bytes), f);
	fclose(f);
	input = malloc(size ? size : 1);
	if (!input)
		die("memory");
	memcpy(input, bytes, size);
	LLVMFuzzerTestOneInput(input, size);
	free(input);
}

static int is_input(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

int main(int argc, char **argv)
{
	const char *corpus = getenv("FUZZ_CORPUS");
	const char *slash = strrchr(argv[0], '/');
	const char *name = slash ? slash + 1 : argv[0];
	struct dirent **list;
	char path[4096];
	int count;

	(void)argc;
	snprintf(path, sizeof(path), "%s/%s",
		 corpus ? corpus : "test/fuzz/corpus", name);
	count = scandir(path, &list, is_input, alphasort);
	if (count < 0)
		die(path);
	if (count == 0) {
		printf("Bail out! %s: empty\n", path);
		return 1;
	}
	printf("1..%d\n", count);
	for (int i = 0; i < count; i++) {
		snprintf(path, sizeof(path), "%s/%s/%s",
			 corpus ? corpus : "test/fuzz/corpus", name,
			 list[i]->d_name);
		replay(path);
		printf("ok %d - %s takes %s\n", i + 1, name, list[i]->d_name);
		fflush(stdout);
		free(list[i]);
	}
	free(list);
	return 0;
}
