/* setgroups(2): the supplementary groups of a process; it keeps none of the caller's. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/list.h"
#include "base/text.h"
#include "ops/op.h"

static const struct field fields[] = {
	{ "list", FIELD_STRING, offsetof(struct op, setgroups.list) },
	{ 0 }
};

static const struct hint hints[] = {
	{ EINVAL, "a group has no id in the process's user namespace" },
	{ EPERM, "it needs CAP_SETGID in the process's user namespace", "unshare user first", true },
	{ 0 }
};

static bool is_capable(void)
{
	cap_t caps = cap_get_proc();
	cap_flag_value_t value = CAP_CLEAR;

	bool ret = caps && cap_get_flag(caps, CAP_SETGID, CAP_EFFECTIVE, &value) == 0 && value == CAP_SET;
	cap_free(caps);
	return ret;
}

/* Denied for good where an ordinary user wrote gid_map: user_namespaces(7). Who has joined mounts, and not yet the pid
 * namespace of their /proc, is not in it; then it is what is left where the capability is there. */
static bool is_denied(void)
{
	cleanup_fd int fd = open("/proc/self/setgroups", O_RDONLY | O_CLOEXEC);
	char word[8] = "";

	if (fd < 0 && errno == ENOENT)
		return is_capable();
	return fd >= 0 && read(fd, word, sizeof(word) - 1) > 0 && strncmp(word, "deny", 4) == 0;
}

/* The ids of a list that spaces separate. -1 with errno. */
static int read_list(const char *list, gid_t **ret, size_t *count)
{
	*ret = NULL;
	*count = 0;
	for (const char *p = list ? list : ""; *p; *count += 1) {
		char *end;
		unsigned long id = strtoul(p, &end, 10);
		if (*count == NGROUPS_MAX || end == p || id >= UINT_MAX) {
			errno = EINVAL;
			return -1;
		}
		LIST_FIT(*ret, *count + 1);
		(*ret)[*count] = (gid_t)id;
		p = end + strspn(end, " ");
	}
	return 0;
}

static int run(const struct op *op, const struct op_stage *stage, struct op_outcome *outcome)
{
	cleanup_free gid_t *list = NULL;
	size_t count;

	(void)stage;
	if (read_list(op->setgroups.list, &list, &count) < 0)
		return -1;
	if (setgroups(count, list) == 0)
		return 0;
	int code = errno;
	if (code == EPERM && is_denied()) {
		outcome_say(outcome, "denied in this user namespace: "
			 "the caller's groups stay, as nobody (65534)");
		return 0;
	}
	errno = code;
	return -1;
}

/* What is between two ids, instead of a space. */
static void say_list(const char *list, const char *between, struct text *text)
{
	for (;;) {
		size_t length = strcspn(list, " ");
		text_add_visible(text, list, length);
		list += length;
		if (!*list++)
			return;
		text_add(text, between);
	}
}

/* By a function: the list is one string, of which the call has the count and the numbers. */
static void call(const struct op *op, pid_t pid, struct text *text)
{
	size_t count = 1;

	(void)pid;
	if (!op->setgroups.list) {
		text_add(text, "setgroups(0, NULL)");
		return;
	}
	for (const char *p = op->setgroups.list; *p; p++)
		count += *p == ' ';
	text_addf(text, "setgroups(%zu, {", count);
	say_list(op->setgroups.list, ", ", text);
	text_add(text, "})");
}

/* By a function: for the list, as above. */
static void shell(const struct op *op, struct text *text)
{
	text_add(text, op->setgroups.list ? "setpriv --groups " : "setpriv --clear-groups");
	say_list(op->setgroups.list ? op->setgroups.list : "", ",", text);
}

const struct op_info op_setgroups = {
	.name = "setgroups", .man = "setgroups(2)", .does = "drop all supplementary groups{list? "
							    "but {list}}",
	.call_by = call, .shell_by = shell,
	.side = IN_CHILD, .gives_up = true, .needs = CAP_SETGID, .fields = fields,
	.hints = hints, .run = run,
};
