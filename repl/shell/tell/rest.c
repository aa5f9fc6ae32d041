#include "shell/tell/rest.h"

#include <string.h>

#include "base/list.h"
#include "base/show/fill.h"
#include "base/text.h"
#include "ops/privilege/capability.h"
#include "shell/shell.h"
#include "shell/tell/name.h"

/* A file's text in one line: blanks squeezed, lines separated by ";". */
static void add_squeezed(const char *s, struct text *ret)
{
	const char *between = "";

	if (!s || !s[strspn(s, " \n")]) {
		text_say(ret, "empty");
		return;
	}
	while (*(s += strspn(s, " \n"))) {
		size_t length = strcspn(s, " \n");
		text_add(ret, between);
		text_add_visible(ret, s, length);
		s += length;
		between = *s == '\n' ? "; " : " ";
	}
}

static void add_pair(const struct reading *after, const char *file, const char *a, const char *b,
		     struct text *ret)
{
	report_name(after, file, ret);
	add_squeezed(a, ret);
	text_add(ret, " -> ");
	add_squeezed(b, ret);
	text_add(ret, "\n");
}

static void report_cgroups(const struct reading *before, const struct reading *after,
			   struct text *ret)
{
	for (size_t i = 0; i < after->cgroup_count; i++) {
		const struct membership *is = &after->cgroups[i], *was = NULL;
		for (size_t j = 0; j < before->cgroup_count; j++)
			if (before->cgroups[j].hierarchy == is->hierarchy)
				was = &before->cgroups[j];
		if (was && strcmp(was->path, is->path) == 0)
			continue;
		report_name(after, "cgroup", ret);
		text_add_visible(ret, is->controllers, strlen(is->controllers));
		text_add(ret, is->controllers[0] ? ": " : "v2: ");
		if (was)
			text_add_visible(ret, was->path, strlen(was->path));
		text_add(ret, " -> ");
		text_add_visible(ret, is->path, strlen(is->path));
		text_add(ret, "\n");
	}
}

/* A capability set before and after. */
struct set_change {
	const char *name;
	uint64_t was, is;
};

static bool same_change(const struct set_change *a, const struct set_change *b)
{
	return (a->was & ~a->is) == (b->was & ~b->is) && (a->is & ~a->was) == (b->is & ~b->was);
}

/* What came; that it is nearly all there are is said by what is not. */
static void add_come(uint64_t come, uint64_t is, struct text *ret)
{
	enum { MANY = 14 };
	uint64_t lacking = capabilities_known & ~is;

	if (__builtin_popcountll(come) <= MANY || __builtin_popcountll(lacking) > MANY) {
		text_add(ret, " ");
		capability_list(come, "+", " ", ret);
		return;
	}
	text_sayf(ret, " +%d, now all", __builtin_popcountll(come));
	if (lacking) {
		text_say(ret, " but ");
		capability_list(lacking, "", " ", ret);
	}
}

/* What went and what came, by name; of a long list of what went, what is left says more. */
static void add_names(const struct set_change *set, struct text *ret)
{
	uint64_t gone = set->was & ~set->is, come = set->is & ~set->was;
	int went = __builtin_popcountll(gone), left = __builtin_popcountll(set->is & ~come);

	if (gone && (went <= left || went == 1)) {
		text_add(ret, " ");
		capability_list(gone, "-", " ", ret);
	} else if (gone) {
		text_sayf(ret, " %d gone, left: ", went);
		text_say(ret, left ? "" : "none");
		capability_list(set->is & ~come, "", " ", ret);
	}
	if (come)
		add_come(come, set->is, ret);
}

static void add_mask(const struct reading *after, const struct set_change *set, struct text *ret)
{
	report_name(after, "status", ret);
	text_addf(ret, "%s %016llx -> %016llx\n", set->name, (unsigned long long)set->was,
		  (unsigned long long)set->is);
}

/* The sets that changed alike, in one line; with set show full their masks are above it. */
static void report_capabilities(const struct shell *shell, const struct reading *before,
				const struct reading *after, struct text *ret)
{
	const struct set_change sets[] = {
		{ "CapInh", before->cap_inheritable, after->cap_inheritable },
		{ "CapPrm", before->cap_permitted, after->cap_permitted },
		{ "CapEff", before->cap_effective, after->cap_effective },
		{ "CapBnd", before->cap_bounding, after->cap_bounding },
		{ "CapAmb", before->cap_ambient, after->cap_ambient },
	};
	bool told[COUNT(sets)] = { false };

	for (size_t i = 0; i < COUNT(sets); i++) {
		cleanup_text struct text line = { 0 };
		for (size_t j = i; j < COUNT(sets); j++) {
			if (told[j] || sets[j].was == sets[j].is || !same_change(&sets[i], &sets[j]))
				continue;
			told[j] = true;
			text_addf(&line, "%s%s", line.len ? " " : "", sets[j].name);
			if (shell->show == SHOW_FULL)
				add_mask(after, &sets[j], ret);
		}
		if (!line.len)
			continue;
		text_add(&line, ":");
		add_names(&sets[i], &line);
		report_name(after, "status", ret);
		fill(ret, text_of(&line), NAME_COLUMNS, shell->screen.columns);
	}
}

static void report_status_file(const struct shell *shell, const struct reading *before,
			       const struct reading *after, const struct difference *difference,
			       struct text *ret)
{
	if (difference->caps)
		report_capabilities(shell, before, after, ret);
	if (difference->no_new_privs) {
		report_name(after, "status", ret);
		text_addf(ret, "NoNewPrivs %d -> %d\n", before->no_new_privs, after->no_new_privs);
	}
	if (difference->seccomp) {
		report_name(after, "status", ret);
		text_addf(ret, "Seccomp %d -> %d\n", before->seccomp, after->seccomp);
	}
}

static bool same(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "") == 0;
}

void report_rest(const struct shell *shell, const struct reading *before,
		 const struct reading *after, const struct difference *difference, bool folded,
		 struct text *ret)
{
	bool alike = difference->uid_map && difference->gid_map && same(before->uid_map, before->gid_map) &&
		     same(after->uid_map, after->gid_map);
	if (difference->uid_map)
		add_pair(after, alike ? "uid_map, gid_map" : "uid_map", before->uid_map, after->uid_map, ret);
	if (difference->gid_map && !alike)
		add_pair(after, "gid_map", before->gid_map, after->gid_map, ret);
	if (folded)
		return;
	if (difference->root)
		add_pair(after, "root", before->root, after->root, ret);
	if (difference->cwd)
		add_pair(after, "cwd", before->cwd, after->cwd, ret);
	if (difference->cgroup)
		report_cgroups(before, after, ret);
	report_status_file(shell, before, after, difference, ret);
	if (difference->hostname) {
		text_addf(ret, " %-*s", NAME_COLUMNS - 1, "uname -n");
		add_squeezed(before->hostname, ret);
		text_add(ret, " -> ");
		add_squeezed(after->hostname, ret);
		text_add(ret, "\n");
	}
}
