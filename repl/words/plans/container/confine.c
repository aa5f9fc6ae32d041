/* Parts of plans: a container's walls of privilege, and the flags that ask for them. */
#include "words/plans/container/confine.h"

#include <linux/capability.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include "base/list.h"
#include "base/message.h"
#include "base/text.h"
#include "ops/privilege/capability.h"
#include "snapshot/facts.h"
#include "words/plans/mount/mask.h"
#include "words/plans/privilege/caps.h"
#include "words/plans/privilege/profile.h"
#include "words/plans/privilege/seccomp.h"

/* docker's rule: with "all" among one kind of flag, only the other kind is left to say. */
static int read_caps(const struct words *words, uint64_t *ret, struct error *err)
{
	uint64_t sets[2] = { 0, 0 };
	static const char *const names[] = { "--cap-add", "--cap-drop" };

	for (size_t f = 0; f < words->flag_count; f++)
		for (size_t i = 0; i < 2; i++) {
			uint64_t one;
			if (strcmp(words->flags[f].spec->name, names[i]) != 0)
				continue;
			if (parse_capability(words->name.s, words->flags[f].value.s,
					     words->flags[f].value.column, &one, err) < 0)
				return -1;
			sets[i] |= one;
		}
	if (sets[0] == capabilities_known)
		*ret = capabilities_known & ~sets[1];
	else
		*ret = (capabilities_container & ~sets[1]) | sets[0];
	return 0;
}

static bool parse_switch(const char *value, bool *ret)
{
	*ret = strcmp(value, "true") == 0 || !*value;
	return *ret || strcmp(value, "false") == 0;
}

static bool is_seccomp(const char *option)
{
	return strncmp(option, "seccomp", 7) == 0 && (option[7] == '=' || option[7] == ':');
}

/* "seccomp=NAME": a profile that was learned; with a slash: a file. -1 with err. */
static int read_profile(const struct context *context, const struct words *words, const char *option,
			struct confinement *ret, struct error *err)
{
	const char *name = option + 8;

	ret->seccomp = true;
	ret->learned = strcmp(name, "docker") != 0;
	if (!ret->learned)
		return 0;
	if (strchr(name, '/'))
		return read_profile_file(context, name, &ret->profile, err);
	return find_profile(context, words, words->count, name, &ret->profile, err);
}

/* "no-new-privileges", "no-new-privileges=false", "seccomp=unconfined"; docker takes a colon too. */
static bool read_option(const char *option, struct confinement *ret)
{
	size_t length = strcspn(option, "=:");
	const char *value = option + length + (option[length] != '\0');

	if (length == 17 && strncmp(option, "no-new-privileges", length) == 0)
		return parse_switch(value, &ret->no_new_privs);
	bool *wall = length == 7 && strncmp(option, "seccomp", length) == 0 ? &ret->seccomp :
		     length == 11 && strncmp(option, "systempaths", length) == 0 ? &ret->paths : NULL;
	if (!wall || strcmp(value, "unconfined") != 0)
		return false;
	*wall = false;
	return true;
}

static int read_options(const struct context *context, const struct words *words, struct confinement *ret,
			struct error *err)
{
	const char *option;

	for (size_t n = 0; (option = words_flag_nth(words, "--security-opt", n)); n++)
		if (is_seccomp(option) && strcmp(option + 8, "unconfined") != 0) {
			if (read_profile(context, words, option, ret, err) < 0)
				return -1;
		} else if (!read_option(option, ret)) {
			fail_id(err, ERR_SECURITY_OPTION, 0, "%s: unknown --security-opt %s", words->name.s, vis(option));
			return fail_fix(err, "seccomp=unconfined, seccomp=PROFILE, no-new-privileges=false, "
					     "systempaths=unconfined");
		}
	return 0;
}

enum extent rights_reach(const struct words *words, const char *value)
{
	(void)value;
	return words_flag(words, "--userns") ? REACH_CHILD : REACH_HOST;
}

int read_confinement(const struct context *context, const struct words *words, bool own_user,
		     struct confinement *ret, struct error *err)
{
	const struct facts *facts = context->facts;
	const char *user = words_flag(words, "--user");

	*ret = (struct confinement){ .privileged = words_flag(words, "--privileged"),
				     .uid = OP_NO_ID, .gid = OP_NO_ID, .no_new_privs = true,
				     .seccomp = true, .paths = true,
				     .limits = true, .capabilities = facts->capabilities,
				     .keyring = !facts->keys_denied, .keys_denied = facts->keys_denied,
				     .groups = !own_user || facts_cap(facts, CAP_SETGID) };
	if (read_caps(words, &ret->caps, err) < 0 || read_options(context, words, ret, err) < 0)
		return -1;
	if (user && !parse_user(user, &ret->uid, &ret->gid))
		return fail_id(err, ERR_PROGRAM_USER, 0, "%s: --user takes UID or UID:GID in numbers, not %s",
			    words->name.s, vis(user));
	if (!own_user && (ret->caps & ~facts->caps)) {
		cleanup_text struct text list = { 0 };
		capability_list(ret->caps & ~facts->caps & ~capabilities_container, "", ", ", &list);
		if (list.len) {
			fail_id(err, ERR_CAPABILITY_ABSENT, 0, "%s: --cap-add: the shell does not have it itself: %s",
			     words->name.s, list.s);
			return fail_fix(err, "--userns gives all of them, over what the container owns");
		}
		ret->caps &= facts->caps;
	}
	return 0;
}

int plan_hidden(const struct confinement *walls, const struct context *context, struct plan *plan,
		struct error *err)
{
	if (walls->privileged || !walls->paths)
		return 0;
	plan->stage = STAGE_HIDDEN;
	if (plan_mask_all(context, plan, NULL, err) < 0)
		return -1;
	return plan_readonly_all(context, plan, MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL, err);
}

void plan_first_to_go(const struct confinement *walls, struct plan *plan)
{
	enum { SCORE = 500 };

	if (!walls->limits || walls->privileged)
		return;
	plan->stage = STAGE_LIMITS;
	plan_add(plan, OP_oom)->oom.value = SCORE;
}

void plan_no_userns(const struct confinement *walls, struct plan *plan)
{
	if (!walls->limits || walls->privileged)
		return;
	plan->stage = STAGE_PRIVILEGE;
	struct op *op = plan_add(plan, OP_file);
	op->file.path = "/proc/sys/user/max_user_namespaces";
	op->file.text = "0";
	op->file.mode = 0644;
}

static void plan_rlimits(const struct confinement *walls, struct plan *plan)
{
	const struct { int resource; uint64_t soft, hard; } limits[] = {
		{ RLIMIT_CORE, 0, 0 }, /* it would lie where core_pattern of the host says */
		{ RLIMIT_NOFILE, 1024, 4096 },
		{ RLIMIT_NPROC, walls->processes, walls->processes },
	};

	for (size_t i = 0; i < COUNT(limits) - !walls->processes; i++) {
		struct op *op = plan_add(plan, OP_rlimit);
		op->rlimit.resource = (uint64_t)limits[i].resource;
		op->rlimit.soft = limits[i].soft;
		op->rlimit.hard = limits[i].hard;
	}
}

/* After the bounding set, because another user has no CAP_SETPCAP; the group before the user,
 * because another user has no CAP_SETGID. */
static void plan_ids(const struct confinement *walls, struct plan *plan)
{
	if (walls->groups)
		plan_add(plan, OP_setgroups)->setgroups.list = walls->further;
	if (walls->gid != OP_NO_ID)
		plan_add(plan, OP_setresgid)->setresgid.id = walls->gid;
	if (walls->uid != OP_NO_ID)
		plan_add(plan, OP_setresuid)->setresuid.id = walls->uid;
}

static void plan_calls(const struct confinement *walls, struct plan *plan)
{
	size_t added;

	if (walls->learned)
		plan_seccomp_profile(plan, &walls->profile, &added);
	else
		plan_seccomp_docker(plan, walls->caps);
}

void plan_confinement(const struct confinement *walls, struct plan *plan)
{
	/* setresuid(2) from root to another empties the sets. capabilities(7). */
	bool root = walls->uid == OP_NO_ID || walls->uid == 0;
	uint64_t caps = root ? walls->caps : 0;

	plan->stage = STAGE_PRIVILEGE;
	if (walls->privileged) {
		plan_ids(walls, plan);
		return;
	}
	if (walls->limits)
		plan_rlimits(walls, plan);
	/* The filter forbids the call. */
	if (walls->keyring)
		plan_add(plan, OP_keyring);
	/* Without no_new_privs a filter takes CAP_SYS_ADMIN, so it comes before that goes. */
	if (walls->seccomp && !walls->no_new_privs)
		plan_calls(walls, plan);
	plan_drop_bounding(plan, ~walls->caps);
	plan_ids(walls, plan);
	plan_capset(plan, caps, caps, 0);
	if (!walls->no_new_privs)
		return;
	plan_add(plan, OP_no_new_privs);
	if (walls->seccomp)
		plan_calls(walls, plan);
}

void tell_confinement(const struct confinement *walls, struct text *ret)
{
	bool root = walls->uid == OP_NO_ID || walls->uid == 0;

	if (walls->privileged) {
		text_say(ret, "It keeps all of root's capabilities, and no filter checks its system calls: "
			      "--privileged.");
		return;
	}
	text_sayf(ret, "It keeps %d of root's %d capabilities%s, and %s its system calls.",
		  root ? __builtin_popcountll(walls->caps) : 0, walls->capabilities,
		  walls->no_new_privs ? _(", can gain no other") : "",
		  !walls->seccomp ? _("no filter checks") :
		  walls->learned ? _("a learned filter checks") : _("docker's filter checks"));
}
