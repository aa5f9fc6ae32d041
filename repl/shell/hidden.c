#include "shell/hidden.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

#include "base/causes/causes.h"
#include "base/error.h"
#include "base/text.h"
#include "ops/privilege/calls.h"

enum { NAME_MOST = 40 };

/* The call that a failure names: what stands behind the words that were put before it. "image import x: pipe". */
static void name_of(const struct error *err, char ret[NAME_MOST])
{
	const char *what = err->what;

	for (const char *next; (next = strstr(what, ": "));)
		what = next + 2;
	size_t length = strspn(what, "abcdefghijklmnopqrstuvwxyz0123456789_");
	snprintf(ret, NAME_MOST, "%.*s", (int)length, what);
}

/* prctl(2) itself is one that every kernel has. */
static bool is_filtered(void)
{
	int mode = prctl(PR_GET_SECCOMP);

	return mode == SECCOMP_MODE_FILTER || (mode < 0 && errno == ENOSYS);
}

void hidden_advise(struct error *err)
{
	char name[NAME_MOST], second[NAME_MOST + 1];

	if (err->cause[0] || (err->code != ENOSYS && err->code != EPERM) || !is_filtered())
		return;
	name_of(err, name);
	snprintf(second, sizeof(second), "%s2", name); /* pipe(3p) makes pipe2(2) */
	const char *hidden = call_refused(name, err->code) ? name : call_refused(second, err->code) ? second : NULL;
	if (!hidden)
		return;
	fail_cause(err, CAUSE_SECCOMP_OUTER);
	fail_why(err, "every kernel has %s(2) and would not answer so: a seccomp filter around this shell answers %s in its place", hidden,
		 errno_name(err->code));
	fail_fix(err, "start Stave outside of the sandbox or service whose filter this is");
}
