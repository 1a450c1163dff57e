/* keygen: a new key file */
#include "command.h"
#include "keyring.h"
#include "show.h"

#include <string.h>

enum exit_status cmd_keygen(struct client *c, const struct args *a)
{
	const char *path = a->operands[0];
	const char *label = a->value['l'] ? a->value['l'] : "main";
	enum err e = keyring_make(path, label);

	(void)c;
	if (!e)
		return EXIT_DONE;
	if (e == ERR_FORMAT)
		show_problem(label, strlen(label),
			     "not a label (1 to %d letters, digits, '-', '.', "
			     "'_', '@')",
			     KEYRING_LABEL_MAX);
	else
		show_problem(path, strlen(path), "%s",
			     e == ERR_EXISTS ? "is there already, and was not "
					       "touched"
					     : err_text(e));
	return e == ERR_FORMAT	 ? EXIT_USAGE
	       : e == ERR_EXISTS ? EXIT_PRECONDITION
				 : EXIT_ERROR;
}
