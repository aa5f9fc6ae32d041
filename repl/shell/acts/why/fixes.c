/* What to type without the walls that a program fails by. */
#include <string.h>

#include "base/message.h"
#include "base/text.h"
#include "shell/acts/why/why.h"

/* Line number n of the story, from 1 on. */
static void add_line(const char *story, size_t n, struct text *ret)
{
	while (--n && (story = strchr(story, '\n')))
		story++;
	if (story)
		text_add_prose(ret, story, strcspn(story, "\n"));
}

void why_fixes(const char *story, const struct replayed *all, const struct lifts *culprits, struct text *ret)
{
	cleanup_text struct text options = { 0 }, lines = { 0 }, less = { 0 };

	for (size_t i = 0; i < LIFTS_MOST; i++) {
		cleanup_text struct text one = { 0 };
		if (!culprits->on[i])
			continue;
		if (all->line[i])
			add_line(story, all->line[i], &one);
		else if (!lift_fix(i, &one) && lift_option(i))
			text_addf(&less, "%s%s", less.len ? " " : "", lift_option(i));
		struct text *to = all->line[i] ? &lines : &options;
		if (one.len && !strstr(text_of(to), text_of(&one)))
			text_addf(to, "%s%s", to == &options ? " " : to->len ? "; " : "", text_of(&one));
	}
	if (options.len && less.len)
		text_sayf(ret, N_("container%s, and without %s"), text_of(&options), text_of(&less));
	else if (less.len)
		text_sayf(ret, N_("container without %s"), text_of(&less));
	else if (options.len)
		text_addf(ret, "container%s", text_of(&options));
	if (lines.len)
		text_sayf(ret, N_("%sbuild it without: %s"), text_joint(ret), text_of(&lines));
}
