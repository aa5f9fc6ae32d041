#include "shell/lines/complete.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/list.h"
#include "base/path.h"
#include "base/process/proc.h"
#include "base/process/process_stat.h"
#include "base/text.h"
#include "base/process/signal.h"
#include "lesson/check/check.h"
#include "lesson/file/course.h"
#include "snapshot/look.h"
#include "snapshot/snapshot.h"
#include "words/language/command.h"
#include "words/language/words.h"
#include "words/plans/privilege/caps.h"
#include "words/plans/privilege/seccomp_rules.h"

enum { MOST = 5000 };

/* One completion going on: the word so far, and where candidates go. */
struct finder {
	const char *partial;
	pid_t pid; /* whose files; 0 for the shell's own */
	struct candidates *ret;
};

static void offer(struct finder *finder, const char *word, const char *note, bool more)
{
	struct candidates *ret = finder->ret;

	if (strncmp(word, finder->partial, strlen(finder->partial)) != 0 || ret->count >= MOST)
		return;
	LIST_ROOM(ret->list, ret->count, ret->room);
	ret->list[ret->count++] = (struct candidate){
		arena_copy(&ret->arena, word), note ? arena_copy(&ret->arena, note) : NULL, more
	};
}

static void offer_commands(struct finder *finder)
{
	for (size_t i = 0; i < command_count; i++)
		offer(finder, commands[i]->name, NULL, false);
}

static void offer_ns_types(struct finder *finder)
{
	for (int type = 0; type < NS_TYPES; type++)
		offer(finder, ns_types[type].name, NULL, false);
	offer(finder, "all", NULL, false);
	/* The long names are known too, but only offered once one is begun. */
	for (int type = 0; type < NS_TYPES && finder->partial[0]; type++)
		if (!finder->ret->count)
			offer(finder, ns_types[type].long_name, NULL, false);
}

static void offer_signals(struct finder *finder)
{
	for (int signal = 1; signal < NSIG; signal++)
		if (signal_name(signal))
			offer(finder, signal_name(signal), NULL, false);
}

static void offer_pids(struct finder *finder)
{
	DIR *proc = opendir("/proc");
	const struct dirent *entry;

	while (proc && (entry = readdir(proc))) {
		struct process_stat stat;
		if (entry->d_name[strspn(entry->d_name, "0123456789")])
			continue;
		if (strncmp(entry->d_name, finder->partial, strlen(finder->partial)) == 0 &&
		    process_stat_read(proc_root(), entry->d_name, &stat) == 0)
			offer(finder, entry->d_name, stat.comm, false);
	}
	if (proc)
		closedir(proc);
}

static int open_folder(const struct finder *finder, const char *path)
{
	int flags = O_RDONLY | O_DIRECTORY | O_NONBLOCK | O_CLOEXEC;
	cleanup_arena struct arena arena = { 0 };
	char cwd[4096 + 1];

	if (!finder->pid)
		return open(*path ? path : ".", flags);
	if (path[0] == '/')
		return look_open(finder->pid, path, flags);
	int proc = proc_of(finder->pid);
	ssize_t n = proc < 0 ? -1 : readlinkat(proc, "cwd", cwd, sizeof(cwd) - 1);
	if (n < 0)
		return -1;
	cwd[n] = '\0';
	return look_open_in(proc, arena_print(&arena, "%s/%s", cwd, path), flags);
}

static bool leads_to_folder(int folder, const struct dirent *entry)
{
	struct stat st;

	if (entry->d_type == DT_DIR)
		return true;
	return (entry->d_type == DT_LNK || entry->d_type == DT_UNKNOWN) &&
	       fstatat(folder, entry->d_name, &st, 0) == 0 && S_ISDIR(st.st_mode);
}

/* The entries of the folder that partial names up to its last slash. */
static void offer_paths(struct finder *finder)
{
	const char *slash = strrchr(finder->partial, '/');
	size_t length = slash ? (size_t)(slash - finder->partial) + 1 : 0;
	cleanup_arena struct arena arena = { 0 };
	const char *folder = arena_copyn(&arena, finder->partial, length);
	const char *begin = finder->partial + length;
	int fd = open_folder(finder, folder);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		const char *name = entry->d_name;
		if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ||
		    (name[0] == '.' && begin[0] != '.') ||
		    strncmp(name, begin, strlen(begin)) != 0)
			continue;
		bool more = leads_to_folder(fd, entry);
		offer(finder, arena_print(&arena, "%s%s%s", folder, name, more ? "/" : ""), NULL,
		      more);
	}
	if (dir)
		closedir(dir);
	else if (fd >= 0)
		close(fd);
}

static void offer_programs(struct finder *finder)
{
	static const char *const folders[] = { "/usr/local/bin", "/usr/local/sbin", "/bin",
					       "/sbin", "/usr/bin", "/usr/sbin" };

	if (strchr(finder->partial, '/')) {
		offer_paths(finder);
		return;
	}
	for (size_t i = 0; i < COUNT(folders); i++) {
		int fd = open_folder(finder, folders[i]);
		DIR *dir = fd < 0 ? NULL : fdopendir(fd);
		const struct dirent *entry;
		while (dir && (entry = readdir(dir)))
			if (entry->d_name[0] != '.')
				offer(finder, entry->d_name, NULL, false);
		if (dir)
			closedir(dir);
		else if (fd >= 0)
			close(fd);
	}
}

static void offer_capabilities(struct finder *finder)
{
	for (size_t i = 0; i < CAPABILITIES; i++)
		offer(finder, capabilities[i].name, NULL, false);
	offer(finder, "all", NULL, false);
}

static void offer_calls(struct finder *finder)
{
	enum { HIGHEST = 512 };
	char name[40];

	for (int number = 0; number < HIGHEST; number++)
		if (call_name(number, name)[0])
			offer(finder, name, NULL, false);
}

static void offer_lessons(struct finder *finder)
{
	cleanup_course struct course course = { 0 };
	struct error unseen;

	if (course_open(course_language(), &course, &unseen) < 0)
		return;
	for (size_t i = 0; i < course.count; i++)
		offer(finder, course.list[i]->name, course.list[i]->title, false);
	offer(finder, "quit", NULL, false);
}

/* Of a pattern of predicates: the word at slot "own|host" or "PATH", cut out of what follows. */
static const char *cut_slot(const char **pattern, struct arena *arena)
{
	size_t length = strcspn(*pattern, " ");
	const char *ret = arena_copyn(arena, *pattern, length);

	*pattern += length + ((*pattern)[length] == ' ');
	return ret;
}

static bool is_free(const char *slot)
{
	return slot[0] >= 'A' && slot[0] <= 'Z';
}

static bool takes(const char *slot, const char *word)
{
	size_t length = strlen(word);

	for (const char *p = slot; *p; p += strcspn(p, "|"), p += *p == '|')
		if (strcspn(p, "|") == length && strncmp(p, word, length) == 0)
			return true;
	return is_free(slot);
}

static void offer_slot(struct finder *finder, const char *slot, struct arena *arena)
{
	if (strcmp(slot, "TYPE") == 0)
		offer_ns_types(finder);
	else if (strcmp(slot, "PATH") == 0)
		offer_paths(finder);
	else if (strcmp(slot, "CAP") == 0 || strncmp(slot, "CAPS", 4) == 0)
		offer_capabilities(finder);
	else if (strcmp(slot, "CALL") == 0)
		offer_calls(finder);
	for (const char *p = slot; !is_free(slot) && *p; p += strcspn(p, "|"), p += *p == '|')
		offer(finder, arena_copyn(arena, p, strcspn(p, "|")), NULL, false);
}

static bool begins_predicate(const char *word)
{
	return strcmp(word, "and") == 0 || strcmp(word, "or") == 0 || strcmp(word, "not") == 0 ||
	       strcmp(word, "(") == 0;
}

/* What may follow words in the predicate that the last of them belong to. */
static void offer_predicates(struct finder *finder, const struct word *words, size_t count)
{
	cleanup_arena struct arena arena = { 0 };
	size_t first = count;

	while (first > 0 && !begins_predicate(words[first - 1].s))
		first--;
	for (size_t i = 0; check_pattern(i); i++) {
		const char *pattern = check_pattern(i);
		size_t at = first;
		const char *slot = "";
		while (at < count && *pattern && takes(slot = cut_slot(&pattern, &arena), words[at].s))
			at++;
		/* The last takes as many words as come. */
		bool many = !*pattern && strstr(slot, "...");
		if (at == count && *pattern)
			offer_slot(finder, cut_slot(&pattern, &arena), &arena);
		else if (at <= count && many)
			offer_slot(finder, slot, &arena);
	}
}

static void offer_kind(struct finder *finder, enum word_kind kind, const struct choice *choices)
{
	switch (kind) {
	case WORD_TEXT:
	case WORD_NUMBER:
	case WORD_CHECK:
		break;
	case WORD_LESSON:
		offer_lessons(finder);
		break;
	case WORD_PATH:
		offer_paths(finder);
		break;
	case WORD_HOST_PATH:
		finder->pid = 0;
		offer_paths(finder);
		break;
	case WORD_NS_TYPE:
		offer_ns_types(finder);
		break;
	case WORD_PID:
		offer_pids(finder);
		break;
	case WORD_CHOICE:
		break;
	case WORD_COMMAND:
		offer_commands(finder);
		break;
	case WORD_PROGRAM:
		offer_programs(finder);
		break;
	case WORD_SIGNAL:
		offer_signals(finder);
		break;
	case WORD_CAPABILITY:
		offer_capabilities(finder);
		break;
	case WORD_CALL:
		offer_calls(finder);
		break;
	}
	for (; choices && choices->name; choices++)
		offer(finder, choices->name, choices->means, false);
}

static const struct flag_spec *flag_called(const struct command *command, const char *word)
{
	size_t length = strlen(word);

	for (const struct flag_spec *flag = command->flags; flag && flag->name; flag++)
		if (strcmp(flag->name, word) == 0 ||
		    (length > 1 && word[0] == '-' && word[1] != '-' && flag->letter &&
		     word[length - 1] == flag->letter))
			return flag;
	return NULL;
}

/* A switch, with and without what may stand behind it. */
static void offer_flag(struct finder *finder, const struct flag_spec *flag)
{
	offer(finder, flag->name, NULL, false);
	for (const struct choice *choice = flag->value ? NULL : flag->choices; choice && choice->name; choice++) {
		cleanup_text struct text word = { 0 };
		text_addf(&word, "%s=%s", flag->name, choice->name);
		offer(finder, word.s, choice->means, false);
	}
}

/* words [1, count): a subcommand that is among them has options of its own. */
static void offer_flags(struct finder *finder, const struct command *command,
			const struct word *words, size_t count)
{
	const struct choice *chosen = NULL;

	for (size_t i = 1; i < count && command->args && !chosen; i++)
		chosen = choice_find(command->args->choices, words[i].s);
	for (const struct flag_spec *flag = command->flags; flag && flag->name; flag++)
		if (!flag->of || !chosen || strcmp(flag->of, chosen->name) == 0)
			offer_flag(finder, flag);
}

/* The argument spec that the word behind words [1, count) falls under; NULL when there is none.
 * *value is the flag whose value it is instead. */
static const struct arg_spec *place_of(const struct command *command, const struct word *words,
				       size_t count, const struct flag_spec **value, bool *rest)
{
	const struct arg_spec *arg = command->args;

	*value = NULL;
	*rest = false;
	for (size_t i = 1; i < count; i++) {
		const struct flag_spec *flag = *rest ? NULL : flag_called(command, words[i].s);
		*value = NULL;
		if (flag && flag->value && i + 1 == count)
			*value = flag;
		else if (flag && flag->value)
			i++;
		else if (!*rest && strcmp(words[i].s, "--") == 0)
			*rest = true;
		else if (!flag && arg && arg->name) {
			*rest = *rest || arg->kind == WORD_PROGRAM || arg->kind == WORD_COMMAND;
			arg = arg->many ? arg : arg_after(arg, words[i].s);
		}
	}
	return arg && arg->name ? arg : NULL;
}

static const struct command *called(const char *name)
{
	struct error unused;
	struct word word = { name, 1 };

	return command_find(&word, &unused);
}

static void offer_arguments(struct finder *finder, const struct word *words, size_t count)
{
	const struct command *command = called(words[0].s);
	const struct flag_spec *value;
	bool rest;

	if (!command)
		return;
	const struct arg_spec *arg = place_of(command, words, count, &value, &rest);
	if (value)
		offer_kind(finder, value->kind, value->choices);
	else if (finder->partial[0] == '-' && !rest)
		offer_flags(finder, command, words, count);
	else if (arg && rest && arg->kind == WORD_COMMAND && count > 1)
		offer_arguments(finder, words + 1, count - 1);
	else if (arg && rest && arg->kind == WORD_PROGRAM && count > 1 &&
		 strcmp(words[count - 1].s, "--") != 0)
		offer_paths(finder); /* an argument of the program: most are paths */
	else if (arg && arg->kind == WORD_CHECK)
		offer_predicates(finder, words + 1, count - 1);
	else if (arg)
		offer_kind(finder, arg->kind, arg->choices);
}

/* Numbers by their size, all else by its letters. */
static int by_word(const void *a, const void *b)
{
	const char *one = ((const struct candidate *)a)->word;
	const char *other = ((const struct candidate *)b)->word;
	uint64_t number, larger;

	if (parse_number(one, &number) && parse_number(other, &larger) && number != larger)
		return number < larger ? -1 : 1;
	return strcmp(one, other);
}

/* Sorted, each once. */
static void sort(struct candidates *candidates)
{
	size_t kept = 0;

	if (candidates->count)
		qsort(candidates->list, candidates->count, sizeof(*candidates->list), by_word);
	for (size_t i = 0; i < candidates->count; i++)
		if (!kept || strcmp(candidates->list[kept - 1].word, candidates->list[i].word) != 0)
			candidates->list[kept++] = candidates->list[i];
	candidates->count = kept;
}

void complete(const char *s, size_t length, pid_t pid, struct candidates *ret)
{
	cleanup_arena struct arena arena = { 0 };
	struct unfinished unfinished;

	*ret = (struct candidates){ 0 };
	words_unfinished(s, length, &arena, &unfinished);
	struct finder finder = { unfinished.partial, pid, ret };
	if (unfinished.host)
		return;
	if (unfinished.count == 0)
		offer_commands(&finder);
	else
		offer_arguments(&finder, unfinished.words, unfinished.count);
	sort(ret);
}

void candidates_done(struct candidates *candidates)
{
	free(candidates->list);
	arena_done(&candidates->arena);
	*candidates = (struct candidates){ 0 };
}
