/* What is asked of privileges. */
#include "lesson/check/predicates.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/capability.h>

#include "base/error.h"
#include "base/text.h"

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
	text_addf(saw, "%s is%s permitted,%s in effect,%s in the bounding set%s", words[1],
		  reading->cap_permitted & bit ? "" : " not",
		  reading->cap_effective & bit ? "" : " not",
		  reading->cap_bounding & bit ? "" : " not",
		  reading->cap_ambient & bit ? ", ambient" : "");
	if (strcmp(words[2], "effective") == 0)
		return reading->cap_effective & bit;
	if (strcmp(words[2], "ambient") == 0)
		return reading->cap_ambient & bit;
	if (strcmp(words[2], "bounded") == 0)
		return !(reading->cap_bounding & bit);
	return !(reading->cap_permitted & bit) == (strcmp(words[2], "absent") == 0);
}

bool predicate_nonewprivs(const struct asked *asked, const char *const *words, struct text *saw)
{
	(void)words;
	text_addf(saw, "no_new_privs is %s", asked->reading->no_new_privs ? "set" : "not set");
	return asked->reading->no_new_privs;
}

bool predicate_seccomp(const struct asked *asked, const char *const *words, struct text *saw)
{
	static const char *const modes[] = { "off", "strict", "filter" };
	int mode = asked->reading->seccomp;
	const char *is = mode >= 0 && mode < 3 ? modes[mode] : "unknown";

	text_addf(saw, "seccomp is %s", is);
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
