#include "interrupt.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* Shared with the signal handler. */
static volatile sig_atomic_t came;
static volatile sig_atomic_t resized;
static volatile sig_atomic_t regained;
static int event = -1;
static struct loop_watch watch;

static void on_signal(int number)
{
	int saved = errno;

	if (came != SIGTERM)
		came = number;
	(void)!write(event, &(uint64_t){1}, sizeof(uint64_t));
	errno = saved;
}

static void on_terminal(int number)
{
	int saved = errno;

	if (number == SIGWINCH)
		resized = 1;
	else
		regained = 1;
	(void)!write(event, &(uint64_t){1}, sizeof(uint64_t));
	errno = saved;
}

static void on_ready(void *arg, uint32_t events)
{
	uint64_t count;

	(void)arg;
	(void)events;
	(void)!read(event, &count, sizeof(count));
}

enum err interrupt_init(void)
{
	struct sigaction note = {.sa_handler = on_signal};
	struct sigaction ignore = {.sa_handler = SIG_IGN};
	struct sigaction was;

	event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (event < 0)
		return ERR_SYS;
	if (sigaction(SIGPIPE, &ignore, NULL) ||
	    sigaction(SIGTERM, &note, NULL) || sigaction(SIGINT, NULL, &was))
		return ERR_SYS;
	/* A shell's background jobs have it ignored. */
	if (was.sa_handler != SIG_IGN && sigaction(SIGINT, &note, NULL))
		return ERR_SYS;
	return ERR_OK;
}

enum err interrupt_watch(struct loop *l)
{
	watch = (struct loop_watch){.fd = event, .ready = on_ready};
	return loop_watch(l, &watch, EPOLLIN);
}

enum err interrupt_watch_terminal(void)
{
	struct sigaction note = {.sa_handler = on_terminal,
				 .sa_flags = SA_RESTART};
	struct sigaction ignore = {.sa_handler = SIG_IGN};

	if (sigaction(SIGWINCH, &note, NULL) ||
	    sigaction(SIGCONT, &note, NULL) ||
	    sigaction(SIGQUIT, &ignore, NULL))
		return ERR_SYS;
	return ERR_OK;
}

enum interrupt_terminal interrupt_terminal(void)
{
	if (regained) {
		regained = 0;
		return TERMINAL_REGAINED;
	}
	if (resized) {
		resized = 0;
		return TERMINAL_RESIZED;
	}
	return TERMINAL_SAME;
}

void interrupt_reset(void)
{
	static const int numbers[] = {SIGINT,  SIGTERM, SIGPIPE,
				      SIGQUIT, SIGCONT, SIGWINCH};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		signal(numbers[i], SIG_DFL);
}

void interrupt_clear(void)
{
	if (came == SIGINT)
		came = 0;
}

int interrupt_signal(void)
{
	return came;
}

bool interrupt_came(void)
{
	return came != 0;
}
