/*
 * Names: the checks agree, a path goes back to its name component by
 * component and stays below its directory, and what is shown is harmless.
 */
#include "name.h"
#include "fuzz.h"

/* The name of path, component by component, is again name. */
static void go_back(const char *path, const char *name, size_t len)
{
	char part[NAME_COMPONENT_MAX + 2], out[NAME_COMPONENT_MAX + 1];
	size_t at = 0;

	for (;;) {
		size_t n = strcspn(path, "/");

		must(n > 0 && n <= NAME_COMPONENT_MAX);
		memcpy(part, path, n);
		part[n] = '\0';
		must(strcmp(part, ".") != 0 && strcmp(part, "..") != 0);
		must(name_from_component(part, out, sizeof(out)) == ERR_OK);
		must(at + strlen(out) <= len);
		must(memcmp(out, name + at, strlen(out)) == 0);
		at += strlen(out);
		if (path[n] == '\0')
			break;
		must(name[at++] == '/');
		path += n + 1;
	}
	must(at == len);
}

static void escape(const char *name, size_t len)
{
	size_t need = name_escape(name, len, NULL, 0);
	char *shown = malloc(need + 1), *cut = malloc(need / 2 + 1);

	must(shown != NULL && cut != NULL);
	must(name_escape(name, len, shown, need + 1) == need);
	must(strlen(shown) == need);
	for (size_t i = 0; i < need; i++)
		must((unsigned char)shown[i] >= ' ' && shown[i] != 0x7f);
	must(name_escape(name, len, cut, need / 2 + 1) == need);
	must(strlen(cut) <= need / 2);
	must(memcmp(cut, shown, strlen(cut)) == 0);
	free(shown);
	free(cut);
}

/* Only what begins with a single '@' has no name. */
static void component(const char *text)
{
	char out[NAME_COMPONENT_MAX + 1], path[NAME_PATH_MAX];

	if (name_from_component(text, out, sizeof(out)) != ERR_OK)
		return;
	must(name_check(out, strlen(out)) == ERR_OK);
	must(name_to_path(out, strlen(out), path) == strlen(text));
	must(strcmp(path, text) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size), path[NAME_PATH_MAX];
	bool valid = name_check(text, size) == ERR_OK;

	must(valid == (name_fault(text, size)[0] == '\0'));
	escape(text, size);
	component(text);
	if (valid) {
		size_t n = name_to_path(text, size, path);

		must(n < sizeof(path) && n == strlen(path));
		go_back(path, text, size);
	}
	free(text);
	return 0;
}
