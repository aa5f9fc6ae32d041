/* What is asked of privileges. */
#include "lesson/check/predicates.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/capability.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/message.h"
#include "base/text.h"
#include "ops/privilege/capability.h"
#include "ops/privilege/file_caps.h"
#include "snapshot/look.h"
#include "words/plans/privilege/caps.h"

static bool capability_called(const char *word, cap_value_t *ret)
{
	char name[64];

	snprintf(name, sizeof(name), "%s%s", strncasecmp(word, "cap_", 4) == 0 ? "" : "cap_", word);
	return cap_from_name(name, ret) == 0;
}

bool predicate_cap(const struct asked *asked, const char *const *words, struct text *saw)
{
	const struct reading *reading = asked->reading;
	cap_value_t cap = 0;

	if (!capability_called(words[1], &cap))
		return false;
	uint64_t bit = UINT64_C(1) << cap;
	text_addf(saw, "%s: %s, %s, %s%s", words[1],
		  reading->cap_permitted & bit ? _("permitted") : _("not permitted"),
		  reading->cap_effective & bit ? _("in effect") : _("not in effect"),
		  reading->cap_bounding & bit ? _("in the bounding set") : _("not in the bounding set"),
		  reading->cap_ambient & bit ? _(", ambient") : "");
	if (strcmp(words[2], "effective") == 0)
		return reading->cap_effective & bit;
	if (strcmp(words[2], "ambient") == 0)
		return reading->cap_ambient & bit;
	if (strcmp(words[2], "bounded") == 0)
		return !(reading->cap_bounding & bit);
	return !(reading->cap_permitted & bit) == (strcmp(words[2], "absent") == 0);
}

/* The set that a word names; a minus before it takes that away. */
static bool add_set(const char *word, uint64_t *set)
{
	bool takes_away = word[0] == '-';
	const char *name = word + takes_away;
	uint64_t named = 0;
	cap_value_t cap;

	if (strcmp(name, "docker") == 0)
		named = capabilities_docker;
	else if (strcmp(name, "all") == 0)
		named = capabilities_known;
	else if (strcmp(name, "none") == 0)
		named = 0;
	else if (capability_called(name, &cap))
		named = UINT64_C(1) << cap;
	else
		return false;
	*set = takes_away ? *set & ~named : *set | named;
	return true;
}

/* Whether a set has wanted and no more; or, where it may have less, no more. */
static bool is_only(const char *name, uint64_t set, uint64_t wanted, bool less, struct text *saw)
{
	uint64_t more = set & ~wanted & capabilities_known, missing = less ? 0 : wanted & ~set;

	if (more) {
		text_sayf(saw, "%s%s has also ", text_joint(saw), name);
		capability_list(more, "", " ", saw);
	}
	if (missing) {
		text_sayf(saw, "%s%s lacks ", text_joint(saw), name);
		capability_list(missing, "", " ", saw);
	}
	return !more && !missing;
}

static uint64_t wanted_caps(const char *const *words)
{
	uint64_t ret = 0;

	for (; *words; words++)
		add_set(*words, &ret);
	return ret;
}

/* What it has, and the most that it can get, are these; what programs inherit is not more. */
bool predicate_caps_only(const struct asked *asked, const char *const *words, struct text *saw)
{
	const struct reading *reading = asked->reading;
	uint64_t wanted = wanted_caps(words + 2);

	bool permitted = is_only("permitted", reading->cap_permitted, wanted, false, saw);
	bool effective = is_only("effective", reading->cap_effective, wanted, false, saw);
	bool bounding = is_only("bounding", reading->cap_bounding, wanted, false, saw);
	bool inheritable = is_only("inheritable", reading->cap_inheritable, wanted, true, saw);
	bool ambient = is_only("ambient", reading->cap_ambient, wanted, true, saw);
	if (!saw->len)
		text_say(saw, "each set has them and no more");
	return permitted && effective && bounding && inheritable && ambient;
}

bool predicate_caps_set(const struct asked *asked, const char *const *words, struct text *saw)
{
	const struct reading *reading = asked->reading;
	const struct { const char *name; uint64_t set; } sets[] = {
		{ "effective", reading->cap_effective }, { "permitted", reading->cap_permitted },
		{ "inheritable", reading->cap_inheritable }, { "bounding", reading->cap_bounding },
		{ "ambient", reading->cap_ambient },
	};
	uint64_t wanted = wanted_caps(words + 3), set = 0;

	for (size_t i = 0; i < COUNT(sets); i++)
		set = strcmp(sets[i].name, words[1]) == 0 ? sets[i].set : set;
	bool only = is_only(words[1], set, wanted, false, saw);
	if (only)
		text_sayf(saw, "%s has them and no more", words[1]);
	return only;
}

/* What the file gives to a program, by either of its sets. */
bool predicate_file_caps(const struct asked *asked, const char *const *words, struct text *saw)
{
	cleanup_arena struct arena arena = { 0 };
	struct file_caps caps = { 0 };
	const char *path = look_absolute(asked->reading, words[1], &arena);

	/* A regular file now may be a pipe in a moment: never wait for anybody. A file system without attributes
	 * gives nobody capabilities. */
	cleanup_fd int fd = look_open(asked->reading->pid, path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 || (file_caps_read(fd, &caps) < 0 && errno != ENODATA && errno != EOPNOTSUPP)) {
		text_sayf(saw, "the capabilities of %s cannot be read: %s", vis(words[1]), errno_name(errno));
		return false;
	}
	uint64_t wanted = wanted_caps(words + 4);
	bool only = is_only("the file", caps.permitted | caps.inheritable, wanted, false, saw);
	if (only)
		text_say(saw, "the file has them and no more");
	return only;
}

bool fits_caps(const char *word, struct error *err)
{
	uint64_t set = 0;

	if (add_set(word, &set))
		return true;
	fail_id(err, ERR_CAPABILITY_UNKNOWN, 0, "no such capability: %s", vis(word));
	fail_fix(err, "as capabilities(7) spells them, docker, all or none; a minus takes away: docker -net_raw");
	return false;
}

bool predicate_nonewprivs(const struct asked *asked, const char *const *words, struct text *saw)
{
	(void)words;
	text_sayf(saw, "no_new_privs is %s", asked->reading->no_new_privs ? _("set") : _("not set"));
	return asked->reading->no_new_privs;
}

bool predicate_seccomp(const struct asked *asked, const char *const *words, struct text *saw)
{
	static const char *const modes[] = { "off", "strict", "filter" };
	int mode = asked->reading->seccomp;
	const char *is = mode >= 0 && mode < 3 ? modes[mode] : "unknown";

	text_sayf(saw, "seccomp is %s", is);
	return strcmp(is, words[1]) == 0;
}

bool fits_capability(const char *word, struct error *err)
{
	cap_value_t cap;

	if (capability_called(word, &cap))
		return true;
	fail_id(err, ERR_CAPABILITY_UNKNOWN, 0, "no such capability: %s", vis(word));
	fail_fix(err, "as capabilities(7) spells them: sys_admin, net_raw, chown");
	return false;
}
