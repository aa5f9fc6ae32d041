/* Each cause has a premise, and none is told where it does not hold: failures of many kinds in many states, most
 * of which no system would give. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cmocka.h>
#undef fail /* cmocka's: this tree has a fail() of its own */

#include "advice/advice.h"
#include "advice/question.h"
#include "base/error.h"
#include "base/list.h"
#include "ops/op.h"
#include "snapshot/facts.h"
#include "snapshot/snapshot.h"

enum { USERNS = 1, ROOT = 2, CAPS = 4, FILTER = 8, OUTER = 16, STATES = 32 };

static const int codes[] = { EPERM, EACCES, EINVAL, ENOSPC, ENOENT, EBUSY, ELOOP, EAGAIN, ENOMEM, ENOEXEC, EROFS, ENODEV };

static char setns_path[64];

static size_t make_ops(struct op *ret)
{
	static const char *const argv[] = { "/nosuch", NULL };
	size_t n = 0;

	for (int kind = 0; kind < OP_COUNT; kind++)
		if (kind == OP_unshare || kind == OP_sethostname || kind == OP_fork || kind == OP_seccomp || kind == OP_ifup) {
			ret[n] = op_new(kind);
			ret[n].sethostname.name = kind == OP_sethostname ? "x" : NULL;
			ret[n].ifup.name = kind == OP_ifup ? "lo" : ret[n].ifup.name;
			if (kind == OP_unshare)
				ret[n].unshare.flags = CLONE_NEWUSER | CLONE_NEWNET;
			n++;
		}
	ret[n] = op_new(OP_setns);
	ret[n++].setns.fd.path = setns_path;
	ret[n] = op_new(OP_umount);
	ret[n++].umount.target = "/proc";
	ret[n] = op_new(OP_pivot_root);
	ret[n].pivot_root.new_root = "/proc";
	ret[n++].pivot_root.put_old = "/tmp";
	ret[n] = op_new(OP_chroot);
	ret[n++].chroot.path = "/nosuch";
	ret[n] = op_new(OP_exec);
	ret[n++].exec.argv = argv;
	static const char *const types[] = { "proc", "sysfs", "tmpfs", "overlay", "ext4" };
	for (size_t i = 0; i < COUNT(types); i++) {
		ret[n] = op_new(OP_mount);
		ret[n].mount.source = types[i];
		ret[n].mount.fstype = types[i];
		ret[n].mount.target = "/proc";
		ret[n++].mount.data = "lowerdir=/usr,upperdir=/tmp,workdir=/proc";
	}
	return n;
}

/* A state that the bits say, around a reading of this very process. */
static void make_state(unsigned bits, struct reading *host, struct reading *child, struct facts *facts)
{
	host->ns[NS_USER].id = 1;
	child->ns[NS_USER].id = host->ns[NS_USER].id + (bits & USERNS ? 1 : 0);
	facts->root = bits & ROOT;
	child->cap_effective = bits & CAPS ? ~0ull : 0;
	child->cap_bounding = ~0ull;
	host->seccomp = bits & OUTER ? 2 : 0;
	host->filters = bits & OUTER ? 1 : 0;
	child->filters = host->filters + (bits & FILTER ? 1 : 0);
	child->seccomp = child->filters ? 2 : 0;
}

static void check(const struct failure *at, unsigned bits, const struct error *err)
{
	int cause = cause_called(err->cause);

	if (!err->cause[0])
		return;
	assert_true(cause >= 0);
	assert_true(premise_holds(at, (enum cause_id)cause));
	/* What a person would be sent to do in vain. */
	if (bits & (ROOT | USERNS))
		assert_null(strstr(err->fix, "unshare user first"));
	if (cause == CAUSE_SECCOMP_OWN)
		assert_true(bits & FILTER);
	if (!(bits & FILTER))
		assert_null(strstr(err->fix, "takes the filter back"));
	if (cause == CAUSE_SECCOMP_OUTER)
		assert_true(bits & OUTER && !(bits & FILTER));
	if (cause == CAUSE_CAPS_MISSING || cause == CAUSE_CAPS_DROPPED)
		assert_false(bits & CAPS);
	if (cause == CAUSE_UMOUNT_LOCKED || cause == CAUSE_MOUNT_COVERED || cause == CAUSE_MOUNT_INITIAL)
		assert_true(bits & USERNS);
	if (at->op->kind == OP_setns)
		assert_null(strstr(err->fix, "user joins its user namespace first"));
}

static void test_no_cause_without_its_premise(void **state)
{
	struct reading host, child;
	struct error err;
	struct op ops[32];
	struct facts facts = { .uid = getuid(), .kernel_major = 6, .kernel_minor = 12 };
	size_t fired = 0;

	(void)state;
	assert_int_equal(reading_take(getpid(), &host, &err), 0);
	assert_int_equal(reading_take(getpid(), &child, &err), 0);
	snprintf(setns_path, sizeof(setns_path), "/proc/%d/ns/user", getpid());
	size_t count = make_ops(ops);
	for (unsigned bits = 0; bits < STATES; bits++)
		for (size_t i = 0; i < count; i++)
			for (size_t code = 0; code < COUNT(codes); code++) {
				struct op_outcome outcome = { .code = codes[code] };
				const struct failure at = { .op = &ops[i], .outcome = &outcome, .facts = &facts, .host = &host, .child = &child,
							    .pid = getpid() };
				make_state(bits, &host, &child, &facts);
				advise(&at, &err);
				check(&at, bits, &err);
				fired += err.cause[0] != '\0';
			}
	assert_true(fired > 500);
	reading_done(&host);
	reading_done(&child);
}

/* The form in which these modules write it: apparmor(7), selinux(8). */
static void test_security_modules_by_their_names(void **state)
{
	static const struct { const char *current, *cause; } said[] = {
		{ "unprivileged_userns (enforce)\n", "lsm.apparmor-userns" }, { "docker-default (enforce)\n", "lsm.apparmor" },
		{ "unconfined\n", NULL }, { "", NULL }, { "kernel\n", NULL },
		{ "system_u:system_r:container_t:s0:c12,c34", "lsm.selinux" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(said); i++) {
		struct error err = { .code = EPERM };
		assert_int_equal(lsm_tell(said[i].current, &err), said[i].cause != NULL);
		assert_string_equal(err.cause, said[i].cause ? said[i].cause : "");
	}
}

static void test_every_cause_is_an_id_of_its_own(void **state)
{
	(void)state;
	for (int i = 0; i < CAUSE_COUNT; i++) {
		assert_int_equal(cause_called(cause_row(i)->id), i);
		assert_true(strlen(cause_row(i)->id) < sizeof(((struct error *)NULL)->cause));
		assert_non_null(strchr(cause_row(i)->id, '.'));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_cause_without_its_premise),
		cmocka_unit_test(test_security_modules_by_their_names),
		cmocka_unit_test(test_every_cause_is_an_id_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
