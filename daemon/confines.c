#include "confines.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ABI_LEAST 2 /* the first with REFER */
#define ABI_TRUNCATE 3
#define ABI_TCP 4
#define ABI_IOCTL 5
#define ABI_SCOPES 6

/* What headers of Linux 6.1 do not have yet. */
#define FS_TRUNCATE (UINT64_C(1) << 14)
#define FS_IOCTL_DEV (UINT64_C(1) << 15)
#define NET_BIND_TCP (UINT64_C(1) << 0)
#define NET_CONNECT_TCP (UINT64_C(1) << 1)
#define SCOPE_SIGNAL (UINT64_C(1) << 1)

struct ruleset {
	uint64_t fs;
	uint64_t net;
	uint64_t scoped;
};

#define FS_READ LANDLOCK_ACCESS_FS_READ_FILE
#define FS_NULL (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE)
/* All but programs, devices, FIFOs and sockets. */
#define FS_STORE \
	(LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | \
	 LANDLOCK_ACCESS_FS_READ_DIR | LANDLOCK_ACCESS_FS_REMOVE_DIR | \
	 LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_DIR | \
	 LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SYM | \
	 LANDLOCK_ACCESS_FS_REFER | FS_TRUNCATE)

/* What the daemon and its libraries open beside the store. */
static const struct {
	const char *path;
	uint64_t rights;
} small[] = {
	{"/dev/null", FS_NULL},
	{"/proc/sys/kernel/random/boot_id", FS_READ},
	{"/sys/devices/system/cpu/online", FS_READ},
};

#define SMALL (sizeof(small) / sizeof(small[0]))

static struct ruleset ruleset_of(int abi)
{
	struct ruleset r = {.fs = (LANDLOCK_ACCESS_FS_REFER << 1) - 1};

	if (abi >= ABI_TRUNCATE)
		r.fs |= FS_TRUNCATE;
	if (abi >= ABI_TCP)
		r.net = NET_BIND_TCP | NET_CONNECT_TCP;
	if (abi >= ABI_IOCTL)
		r.fs |= FS_IOCTL_DEV;
	/* Not the abstract sockets: the service manager may be at one. */
	if (abi >= ABI_SCOPES)
		r.scoped = SCOPE_SIGNAL;
	return r;
}

/* What is not there needs no right. */
static enum err allow(int rules, const struct ruleset *r, const char *path,
		      uint64_t rights)
{
	struct landlock_path_beneath_attr rule = {
		.allowed_access = rights & r->fs,
		.parent_fd = open(path, O_PATH | O_CLOEXEC),
	};
	long failed;
	int keep;

	if (rule.parent_fd < 0)
		return errno == ENOENT || errno == ENOTDIR || errno == EACCES
			       ? ERR_ABSENT
			       : ERR_SYS;
	failed = syscall(SYS_landlock_add_rule, rules,
			 LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
	keep = errno;
	close(rule.parent_fd);
	errno = keep;
	return failed ? ERR_SYS : ERR_OK;
}

static enum err allow_if_there(int rules, const struct ruleset *r,
			       const char *path, uint64_t rights)
{
	enum err e = allow(rules, r, path, rights);

	return e == ERR_ABSENT ? ERR_OK : e;
}

static enum err allow_beside(int rules, const struct ruleset *r,
			     const char *file)
{
	const char *slash = strrchr(file, '/');
	char dir[PATH_MAX];
	size_t len = slash ? (size_t)(slash - file) + 1 : 0;

	if (len >= sizeof(dir)) {
		errno = ENAMETOOLONG;
		return ERR_SYS;
	}
	memcpy(dir, slash ? file : ".", len ? len : 1);
	dir[len ? len : 1] = '\0';
	return allow_if_there(rules, r, dir, FS_READ);
}

static enum err allow_file(int rules, const struct ruleset *r, const char *file)
{
	enum err e = allow_beside(rules, r, file);
	char *target;

	if (e != ERR_OK)
		return e;
	target = realpath(file, NULL);
	if (target)
		e = allow_beside(rules, r, target);
	free(target);
	return e;
}

static enum err allow_all(int rules, const struct ruleset *r,
			  const struct confines *c)
{
	enum err e = allow(rules, r, c->dir, FS_STORE);

	if (e == ERR_OK && c->also)
		e = allow(rules, r, c->also, FS_STORE);
	for (size_t i = 0; i < CONFINES_FILES && e == ERR_OK; i++)
		if (c->file[i])
			e = allow_file(rules, r, c->file[i]);
	for (size_t i = 0; i < SMALL && e == ERR_OK; i++)
		e = allow_if_there(rules, r, small[i].path, small[i].rights);
	return e == ERR_ABSENT ? ERR_SYS : e;
}

static enum err enter(int abi, const struct confines *c)
{
	const struct ruleset r = ruleset_of(abi);
	int rules = (int)syscall(SYS_landlock_create_ruleset, &r, sizeof(r), 0);
	enum err e;
	int keep;

	if (rules < 0)
		return ERR_SYS;
	e = allow_all(rules, &r, c);
	if (e == ERR_OK && syscall(SYS_landlock_restrict_self, rules, 0) != 0)
		e = ERR_SYS;
	keep = errno;
	close(rules);
	errno = keep;
	return e;
}

static enum err tell(enum err e, char *report, const char *landlock,
		     const char *why)
{
	snprintf(report, CONFINES_REPORT_MAX,
		 "confined landlock=%s no_new_privs=yes%s%s%s", landlock,
		 why ? " reason=\"" : "", why ? why : "", why ? "\"" : "");
	return e;
}

enum err confines_enter(const struct confines *c,
			char report[CONFINES_REPORT_MAX])
{
	char text[16];
	int abi;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) {
		snprintf(report, CONFINES_REPORT_MAX,
			 "not confined: no_new_privs: %s", err_text(ERR_SYS));
		return ERR_SYS;
	}
	if (!c->landlock)
		return tell(ERR_OK, report, "no", "confine = no");
	abi = (int)syscall(SYS_landlock_create_ruleset, NULL, 0,
			   LANDLOCK_CREATE_RULESET_VERSION);
	if (abi < 0)
		return tell(ERR_OK, report, "no",
			    errno == ENOSYS	  ? "not in this kernel"
			    : errno == EOPNOTSUPP ? "not enabled"
						  : err_text(ERR_SYS));
	if (abi < ABI_LEAST)
		return tell(ERR_OK, report, "no", "kernel older than 5.19");
	if (enter(abi, c))
		return tell(ERR_SYS, report, "no", err_text(ERR_SYS));
	snprintf(text, sizeof(text), "abi%d", abi);
	return tell(ERR_OK, report, text, NULL);
}
