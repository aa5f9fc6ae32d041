#include "lesson/file/need.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/message.h"
#include "base/text.h"
#include "doctor/doctor.h"
#include "image/busybox.h"
#include "snapshot/facts.h"

/* met: or err is filled. number: which trial or version, where one function serves many. */
struct need_kind {
	const char *word;
	bool (*met)(const struct need *need, struct facts *facts, struct error *err);
	int number;
};

/* why and fix are translated already. */
static bool missing(struct error *err, const char *what, const char *why, const char *fix)
{
	fail_id(err, ERR_LESSON_NEEDS, 0, "%s", what);
	fail_why(err, "%s", why);
	fail_fix(err, "%s", fix);
	return false;
}

/* What was tried is kept as long as the session: each trial takes a process. */
static struct doctor *doctor_of(struct facts *facts)
{
	if (!facts->tried) {
		facts->tried = calloc(1, sizeof(*facts->tried));
		if (!facts->tried)
			out_of_memory();
		*facts->tried = (struct doctor){ .facts = facts, .site = { "" } };
	}
	return facts->tried;
}

/* Whether the trial works; what it comes after has the cause where that does not. */
static bool works(const char *word, enum trial_id trial, struct facts *facts, struct error *err)
{
	struct doctor *doctor = doctor_of(facts);
	const struct diagnosis *its = doctor_ask(doctor, trial);

	if (its->state == WORKS || its->state == NOT_FOR_YOU)
		return true;
	if (its->state == BEHIND)
		its = &doctor->diagnoses[its->behind];
	return missing(err, word, its->forbidder.evidence, its->forbidder.fix);
}

static bool met_trial(const struct need *need, struct facts *facts, struct error *err)
{
	return works(need->kind->word, (enum trial_id)need->kind->number, facts, err);
}

static bool met_root(const struct need *need, struct facts *facts, struct error *err)
{
	(void)need;
	if (facts->root && facts->initial_userns)
		return true;
	return missing(err, "root", facts->root ? _("root of a user namespace is not root of the host") :
						  _("an ordinary user has no CAP_SYS_ADMIN over the host"),
		       _("start it as root: sudo stave"));
}

static bool met_namespaces(const struct need *need, struct facts *facts, struct error *err)
{
	return facts->root || works(need->kind->word, TRIAL_USER, facts, err);
}

/* Looked at again each time: processes come and go. */
static bool met_controller(const struct need *need, struct facts *facts, struct error *err)
{
	facts_cgroups(facts);
	doctor_of(facts)->asked[need->kind->number] = false;
	return met_trial(need, facts, err);
}

static bool met_groups(const struct need *need, struct facts *facts, struct error *err)
{
	static const struct need_kind each[] = {
		{ "cgroup cpu", .number = TRIAL_CPU }, { "cgroup memory", .number = TRIAL_MEMORY },
		{ "cgroup pids", .number = TRIAL_PIDS },
	};

	(void)need;
	for (size_t i = 0; i < COUNT(each); i++)
		if (!met_controller(&(struct need){ .kind = &each[i] }, facts, err))
			return false;
	return true;
}

static bool met_version(const struct need *need, struct facts *facts, struct error *err)
{
	int version = need->kind->number;

	facts_cgroups(facts);
	for (enum controller i = 0; i < CONTROLLERS; i++)
		if (facts->cgroup[i].version == version)
			return true;
	fail_id(err, ERR_LESSON_NEEDS, 0, "cgroup v%d", version);
	fail_why(err, "no controller is on that version here");
	fail_fix(err, version == 2 ? "boot with systemd.unified_cgroup_hierarchy=1" :
				     "boot with systemd.unified_cgroup_hierarchy=0");
	return false;
}

/* It is an option of the file system, not of a mount: any mount of it tells. cgroups(7). */
static bool met_nsdelegate(const struct need *need, struct facts *facts, struct error *err)
{
	cleanup_text struct text text = { 0 };

	(void)need;
	(void)facts;
	if (read_file(AT_FDCWD, "/proc/self/mounts", 1 << 20, &text) < 0)
		return missing(err, "nsdelegate", _("/proc/self/mounts cannot be read"), _("mount proc on /proc"));
	for (const char *s = text_of(&text); *s; s += strcspn(s, "\n"), s += *s == '\n') {
		size_t length = strcspn(s, "\n");
		if (memmem(s, length, " cgroup2 ", 9) && memmem(s, length, ",nsdelegate", 11))
			return true;
	}
	return missing(err, "nsdelegate", _("no mount of cgroup2 here has that option"),
		       _("as root of the host: mount -o remount,nsdelegate /sys/fs/cgroup"));
}

static bool met_kernel(const struct need *need, struct facts *facts, struct error *err)
{
	if (facts_kernel(facts, need->major, need->minor))
		return true;
	fail_id(err, ERR_LESSON_NEEDS, 0, "kernel %d.%d", need->major, need->minor);
	fail_why(err, "this is Linux %d.%d", facts->kernel_major, facts->kernel_minor);
	fail_fix(err, "a newer kernel");
	return false;
}

static bool met_busybox(const struct need *need, struct facts *facts, struct error *err)
{
	char folder[4096];

	(void)need;
	(void)facts;
	return image_busybox(false, folder, sizeof(folder), err) == 0;
}

static const struct need_kind kinds[] = {
	{ "namespaces", met_namespaces },
	{ "user namespaces", met_trial, TRIAL_USER },
	{ "root", met_root },
	{ "cgroups", met_groups },
	{ "cgroup cpu", met_controller, TRIAL_CPU },
	{ "cgroup memory", met_controller, TRIAL_MEMORY },
	{ "cgroup pids", met_controller, TRIAL_PIDS },
	{ "cgroup cpuset", met_controller, TRIAL_CPUSET },
	{ "cgroup io", met_controller, TRIAL_IO },
	{ "cgroup freezer", met_controller, TRIAL_FREEZER },
	{ "cgroup v1", met_version, 1 },
	{ "cgroup v2", met_version, 2 },
	{ "nsdelegate", met_nsdelegate },
	{ "overlay", met_trial, TRIAL_OVERLAY },
	{ "time namespaces", met_trial, TRIAL_TIME },
	{ "seccomp", met_trial, TRIAL_SECCOMP },
	{ "landlock", met_trial, TRIAL_LANDLOCK },
	{ "keyrings", met_trial, TRIAL_KEYRING },
	{ "busybox", met_busybox },
	{ "nft", met_trial, TRIAL_NFT },
	{ "kernel", met_kernel },
};
enum { KINDS = COUNT(kinds) };

static int fail_unknown(const char *word, struct error *err)
{
	cleanup_text struct text known = { 0 };

	for (size_t i = 0; i < KINDS; i++)
		text_addf(&known, "%s%s", i ? ", " : "", kinds[i].word);
	fail_id(err, ERR_LESSON_FILE, 0, "unknown need: %s", vis(word));
	return fail_fix(err, "one of: %s N.N", text_of(&known));
}

int need_parse(const char *word, size_t length, struct need *ret, struct error *err)
{
	char name[64];
	int end = 0;

	*ret = (struct need){ 0 };
	snprintf(name, sizeof(name), "%.*s", (int)length, word);
	if (sscanf(name, "kernel %d.%d%n", &ret->major, &ret->minor, &end) == 2 && end && !name[end] &&
	    ret->major > 0 && ret->minor >= 0) {
		ret->kind = &kinds[KINDS - 1];
		return 0;
	}
	for (size_t i = 0; i + 1 < KINDS; i++)
		if (strcmp(kinds[i].word, name) == 0) {
			ret->kind = &kinds[i];
			return 0;
		}
	return fail_unknown(name, err);
}

bool need_met(const struct need *need, struct facts *facts, struct error *err)
{
	return need->kind->met(need, facts, err);
}
