/* mount(8) and umount(8): one tool for the four calls that are words of their own here. Each of its
 * options is one of -o, so that they are all read as a list of those. */
#include <string.h>

#include "base/arena.h"
#include "base/list.h"
#include "base/text.h"
#include "words/foreign/tools.h"

static const struct foreign_option options[] = {
	{ 't', "types", TAKES_VALUE }, { 'o', "options", TAKES_VALUE },
	{ 'B', "bind", .becomes = "bind" }, { 'R', "rbind", .becomes = "rbind" },
	{ 'M', "move", .becomes = "move" }, { 'r', "read-only", .becomes = "ro" },
	{ 'w', "rw", .becomes = "rw" }, { 'w', "read-write", .becomes = "rw" },
	{ 0, "make-private", .becomes = "private" }, { 0, "make-rprivate", .becomes = "rprivate" },
	{ 0, "make-slave", .becomes = "slave" }, { 0, "make-rslave", .becomes = "rslave" },
	{ 0, "make-shared", .becomes = "shared" }, { 0, "make-rshared", .becomes = "rshared" },
	{ 0, "make-unbindable", .becomes = "unbindable" },
	{ 0, "make-runbindable", .becomes = "runbindable" },
	{ 0, "source", TAKES_VALUE }, { 0, "target", TAKES_VALUE },
	{ 'l', "show-labels" }, { 'n', "no-mtab" }, { 'v', "verbose" },
	{ 0 }
};

/* The options of a line, as one list with a comma after each. */
static const char *listed(const struct foreign *foreign, const struct foreign_words *words)
{
	cleanup_text struct text text = { 0 };

	for (size_t i = 0; i < words->given_count; i++) {
		const struct foreign_option *option = words->given[i].option;
		const char *one = option->becomes ? option->becomes :
				  option->letter == 'o' ? words->given[i].value : "";
		text_addf(&text, "%s%s", one, one[0] ? "," : "");
	}
	return arena_copy(foreign->arena, text_of(&text));
}

static bool has(const char *list, const char *option)
{
	size_t length = strlen(option);

	for (const char *p = list; *p; p += strcspn(p, ",") + 1)
		if (strncmp(p, option, length) == 0 && p[length] == ',')
			return true;
	return false;
}

/* The list without those that other words than mount stand for; perhaps without "ro", which
 * bindmount takes as --ro. */
static const char *without(const struct foreign *foreign, const char *list, bool read_only_too)
{
	static const char *const others[] = {
		"bind", "rbind", "private", "rprivate", "slave", "rslave", "shared", "rshared",
		"unbindable", "runbindable",
	};
	cleanup_text struct text text = { 0 };

	for (const char *p = list; *p; p += strcspn(p, ",") + 1) {
		size_t length = strcspn(p, ",");
		bool skip = read_only_too && strncmp(p, "ro,", 3) == 0;
		for (size_t i = 0; i < COUNT(others); i++)
			skip = skip || (strlen(others[i]) == length && strncmp(others[i], p, length) == 0);
		if (skip)
			continue;
		text_add(&text, text.len ? "," : "");
		text_addn(&text, p, length);
	}
	return arena_copy(foreign->arena, text_of(&text));
}

/* "; propagation KIND DST" for each kind in the list. */
static void add_propagation(const struct foreign *foreign, const char *list, const char *target)
{
	static const char *const kinds[] = { "rprivate", "rslave", "rshared", "runbindable" };

	for (size_t i = 0; i < COUNT(kinds); i++) {
		bool all = has(list, kinds[i]);
		if (!all && !has(list, kinds[i] + 1))
			continue;
		foreign_add(foreign, "%spropagation %s", foreign->line->len ? "; " : "", kinds[i] + 1);
		foreign_word(foreign, target);
		foreign_add(foreign, "%s", all ? "" : " --norec");
	}
}

static void add_options(const struct foreign *foreign, const char *list)
{
	if (!list[0])
		return;
	foreign_add(foreign, " -o");
	foreign_word(foreign, list);
}

static void bind_mount(const struct foreign *foreign, const char *source, const char *target,
		       const char *list)
{
	const char *more = without(foreign, list, true);

	foreign_add(foreign, "bindmount");
	foreign_word(foreign, source);
	foreign_word(foreign, target);
	foreign_add(foreign, "%s%s", has(list, "rbind") ? "" : " --norec", has(list, "ro") ? " --ro" : "");
	if (!more[0])
		return;
	foreign_add(foreign, "; mount none");
	foreign_word(foreign, target);
	add_options(foreign, arena_print(foreign->arena, "remount,bind,%s%s", has(list, "ro") ? "ro," : "", more));
}

static enum foreign_kind file_system(const struct foreign *foreign, const struct foreign_words *words,
				     const char *list)
{
	const char *type = foreign_given(words, "types"), *target = words->rest[words->count - 1];
	const char *source = words->count > 1 ? words->rest[0] : type;

	if (!type && words->count == 2 && strchr(source, '/')) {
		foreign_add(foreign, "mount ext4");
		foreign_rest(foreign, words, 0);
		return foreign_answer(foreign, "the type comes first: ext4, xfs, ... as !blkid says");
	}
	if (!type)
		return FOREIGN_NOT;
	foreign_add(foreign, "mount");
	foreign_word(foreign, type);
	if (strcmp(source, type) != 0)
		foreign_word(foreign, source);
	foreign_word(foreign, target);
	add_options(foreign, without(foreign, list, false));
	add_propagation(foreign, list, target);
	return FOREIGN_DONE;
}

/* The words that are left, --source and --target among them. */
static void place(const struct foreign *foreign, struct foreign_words *words)
{
	const char *source = foreign_given(words, "source"), *target = foreign_given(words, "target");
	const char **rest = arena_new(foreign->arena, (words->count + 3) * sizeof(*rest));
	size_t count = 0;

	if (source)
		rest[count++] = source;
	for (size_t i = 0; i < words->count; i++)
		rest[count++] = words->rest[i];
	if (target)
		rest[count++] = target;
	words->rest = rest;
	words->count = count;
}

enum foreign_kind foreign_mount(const struct foreign *foreign)
{
	struct foreign_words words;

	if (!foreign_options(foreign, 1, options, true, &words))
		return FOREIGN_NOT;
	place(foreign, &words);
	const char *list = listed(foreign, &words);
	const char *target = words.count ? words.rest[words.count - 1] : "";
	if (!words.count && !list[0]) {
		foreign_add(foreign, "mounts");
		return FOREIGN_DONE;
	}
	if (has(list, "move") && words.count == 2)
		return foreign_say(foreign, "there is no word for MS_MOVE: bindmount %s %s, then umount %s",
				   vis(words.rest[0]), vis(target), vis(words.rest[0]));
	if (has(list, "remount") && words.count == 1) {
		foreign_add(foreign, "mount none");
		foreign_word(foreign, target);
		add_options(foreign, arena_copyn(foreign->arena, list, strlen(list) - 1));
		return FOREIGN_DONE;
	}
	if (has(list, "remount") || !words.count || words.count > 2)
		return FOREIGN_NOT;
	if ((has(list, "bind") || has(list, "rbind")) && words.count == 2) {
		bind_mount(foreign, words.rest[0], target, list);
		add_propagation(foreign, list, target);
		return FOREIGN_DONE;
	}
	if (words.count == 1 && !foreign_given(&words, "types")) {
		add_propagation(foreign, list, target);
		return foreign->line->len ? FOREIGN_DONE : FOREIGN_NOT;
	}
	return file_system(foreign, &words, list);
}

static const struct foreign_option umount_options[] = {
	{ 'R', "recursive" }, { 'l', "lazy" }, { 'f', "force" }, { 'n', "no-mtab" }, { 'v', "verbose" },
	{ 0 }
};

enum foreign_kind foreign_umount(const struct foreign *foreign)
{
	struct foreign_words words;

	if (!foreign_options(foreign, 1, umount_options, true, &words) || words.count != 1 ||
	    !words.given_count || (words.given_count == 1 && foreign_given(&words, "lazy")))
		return FOREIGN_NOT;
	foreign_add(foreign, "umount");
	foreign_rest(foreign, &words, 0);
	if (foreign_given(&words, "recursive")) {
		foreign_add(foreign, " --lazy");
		return foreign_answer(foreign, "it detaches what is mounted below, too");
	}
	foreign_add(foreign, "%s", foreign_given(&words, "lazy") ? " --lazy" : "");
	return FOREIGN_DONE;
}
