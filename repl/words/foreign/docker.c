/* docker and podman: the words here that do what their commands do. They are answered, not done: the
 * host may have the program itself. */
#include <string.h>

#include "base/arena.h"
#include "base/list.h"
#include "base/message.h"
#include "base/text.h"
#include "words/foreign/tools.h"

/* What becomes NULL has no meaning here: the container always ends with its program. */
static const struct foreign_option run_options[] = {
	{ 'i', "interactive", .becomes = "-i" }, { 't', "tty", .becomes = "-t" },
	{ 'd', "detach", .becomes = "-d" }, { 0, "rm" }, { 0, "init", .becomes = "--init" },
	{ 0, "read-only", .becomes = "--read-only" }, { 0, "privileged", .becomes = "--privileged" },
	{ 'e', "env", TAKES_VALUE, "-e" }, { 'v', "volume", TAKES_VALUE, "-v" },
	{ 'w', "workdir", TAKES_VALUE, "-w" }, { 'u', "user", TAKES_VALUE, "-u" },
	{ 'h', "hostname", TAKES_VALUE, "--hostname" }, { 0, "name", TAKES_VALUE, "--name" },
	{ 'm', "memory", TAKES_VALUE, "--memory" }, { 0, "cpus", TAKES_VALUE, "--cpus" },
	{ 0, "cpu-quota", TAKES_VALUE, "--cpu" }, { 0, "cpuset-cpus", TAKES_VALUE, "--cpuset" },
	{ 0, "pids-limit", TAKES_VALUE, "--pids" }, { 0, "cap-add", TAKES_VALUE, "--cap-add" },
	{ 0, "cap-drop", TAKES_VALUE, "--cap-drop" }, { 0, "security-opt", TAKES_VALUE, "--security-opt" },
	{ 0, "entrypoint", TAKES_VALUE, "--entrypoint" }, { 0, "net", TAKES_VALUE, "--net" },
	{ 0, "network", TAKES_VALUE, "--net" }, { 0, "pid", TAKES_VALUE, "--without pid" },
	{ 0, "uts", TAKES_VALUE, "--without uts" }, { 0, "ipc", TAKES_VALUE, "--without ipc" },
	{ 'p', "publish", TAKES_VALUE, "-p" }, { 0, "ip", TAKES_VALUE, "--ip" },
	{ 0, "dns", TAKES_VALUE, "--dns" }, { 0, "add-host", TAKES_VALUE, "--add-host" }, { 0, "restart", TAKES_VALUE }, { 0, "pull", TAKES_VALUE },
	{ 'l', "label", TAKES_VALUE }, { 0, "platform", TAKES_VALUE },
	{ 0 }
};

static const struct foreign_option exec_options[] = {
	{ 'i', "interactive", .becomes = "-i" }, { 't', "tty", .becomes = "-t" }, { 'd', "detach" },
	{ 'e', "env", TAKES_VALUE, "-e" }, { 'w', "workdir", TAKES_VALUE, "-w" },
	{ 'u', "user", TAKES_VALUE, "-u" },
	{ 0 }
};

/* Commands whose arguments stay as they are after the word here; most: how many of them do. */
static const struct row { const char *name, *becomes; size_t most; const char *besides; } rows[] = {
	{ "ps", "jobs", 0, "ps lists the processes of the child" },
	{ "images", "image ls", 0, NULL }, { "image", "image", 9, NULL }, { "volume", "volume", 9, NULL },
	{ "rmi", "image rm", 1, NULL }, { "history", "image history", 1, NULL },
	{ "pull", "image import", 0, "there is no registry: image import FILE reads what docker save or skopeo wrote" },
	{ "save", "image export", 2, NULL }, { "load", "image import", 1, "FILE is what docker save wrote" },
	{ "import", "image import", 2, NULL }, { "inspect", "status", 1, "image inspect NAME for an image" },
	{ "logs", "jobs", 1, "by the number that jobs shows" }, { "top", "ps", 0, NULL }, { "stats", "top", 0, NULL },
	{ "stop", "kill", 1, NULL }, { "kill", "kill", 1, "KILL behind it cannot be caught" },
	{ "rm", "kill", 1, "a container ends with its program" },
	{ "pause", "cgroup freeze", 0, NULL }, { "unpause", "cgroup thaw", 0, NULL },
	{ "attach", "exec -it", 1, "then a program, as sh" },
	{ "diff", "diff", 0, NULL }, { "version", "version", 0, NULL }, { "help", "help container", 0, NULL },
	{ "build", "container", 0, "there are no Dockerfiles: change the container, then commit NAME" },
	{ "network", "network", 9, NULL },
	{ 0 }
};

static void add_options(const struct foreign *foreign, const struct foreign_words *words)
{
	for (size_t i = 0; i < words->given_count; i++) {
		const struct foreign_option *option = words->given[i].option;
		const char *value = words->given[i].value;
		bool without = option->becomes && strncmp(option->becomes, "--without", 9) == 0;
		if (!option->becomes || (without && strcmp(value, "host") != 0))
			continue;
		foreign_add(foreign, " %s", option->becomes);
		if (option->takes == TAKES_VALUE && !without)
			foreign_word(foreign, value);
	}
}

/* The options that are left out of the line and that somebody would miss; NULL for none. */
static const char *left_out(const struct foreign *foreign, const struct foreign_words *words)
{
	const char *ret = NULL;

	for (size_t i = 0; i < words->given_count; i++) {
		const char *name = words->given[i].option->name;
		if (words->given[i].option->becomes || strcmp(name, "rm") == 0)
			continue;
		ret = arena_print(foreign->arena, "%s%s--%s", ret ? ret : _("without "), ret ? ", " : "", name);
	}
	return ret ? arena_print(foreign->arena, _("%s, which nothing here does"), ret) : NULL;
}

/* docker run [OPTION]... IMAGE [CMD...]. */
static enum foreign_kind run(const struct foreign *foreign, const struct foreign *command)
{
	struct foreign_words words;

	if (!foreign_options(command, 1, run_options, false, &words))
		return foreign_say(foreign, "container --image IMAGE -- CMD; help container lists its options");
	foreign_add(foreign, "container");
	add_options(foreign, &words);
	if (!words.count)
		return foreign_answer(foreign, "--image IMAGE names what it is made of");
	foreign_add(foreign, " --image");
	foreign_word(foreign, words.rest[0]);
	foreign_add(foreign, words.count > 1 ? " --" : " --run");
	foreign_rest(foreign, &words, 1);
	return foreign_answer(foreign, left_out(foreign, &words));
}

static enum foreign_kind exec(const struct foreign *foreign, const struct foreign *command)
{
	struct foreign_words words;

	if (!foreign_options(command, 1, exec_options, false, &words) || !words.count)
		return foreign_say(foreign, "exec NAME CMD, with -it for a terminal");
	foreign_add(foreign, "exec");
	add_options(foreign, &words);
	foreign_rest(foreign, &words, 0);
	return foreign_answer(foreign, NULL);
}

/* docker commit [OPTION]... CONTAINER NAME. */
static enum foreign_kind commit(const struct foreign *foreign, const struct foreign *command)
{
	static const struct foreign_option options[] = {
		{ 'm', "message", TAKES_VALUE }, { 'a', "author", TAKES_VALUE }, { 0 }
	};
	struct foreign_words words;

	if (!foreign_options(command, 1, options, false, &words) || !words.count)
		return foreign_say(foreign, "commit NAME, with --of CONTAINER for another than the child");
	foreign_add(foreign, "commit");
	foreign_word(foreign, words.rest[words.count - 1]);
	if (foreign_given(&words, "message")) {
		foreign_add(foreign, " -m");
		foreign_word(foreign, foreign_given(&words, "message"));
	}
	if (words.count > 1) {
		foreign_add(foreign, " --of");
		foreign_word(foreign, words.rest[0]);
	}
	return foreign_answer(foreign, NULL);
}

static enum foreign_kind by_row(const struct foreign *foreign, const struct foreign *command)
{
	const struct row *row = rows;

	while (row->name && strcmp(row->name, command->words[0].s) != 0)
		row++;
	if (!row->name)
		return foreign_say(foreign, "help lists the words; !%s %s runs the host's", vis(foreign->words[0].s),
				   vis(command->words[0].s));
	foreign_add(foreign, "%s", row->becomes);
	for (size_t i = 1, kept = 0; i < command->count && kept < row->most; i++) {
		if (command->words[i].s[0] == '-')
			continue;
		foreign_word(foreign, command->words[i].s);
		kept++;
	}
	return foreign_answer(foreign, row->besides);
}

enum foreign_kind foreign_docker(const struct foreign *foreign)
{
	static const struct {
		const char *name;
		enum foreign_kind (*read)(const struct foreign *foreign, const struct foreign *command);
	} own[] = { { "run", run }, { "create", run }, { "exec", exec }, { "commit", commit } };
	/* docker container run is docker run. */
	size_t skip = foreign->count > 2 && strcmp(foreign->words[1].s, "container") == 0 ? 2 : 1;
	struct foreign command = *foreign;

	if (foreign->count <= skip)
		return foreign_say(foreign, "container makes one; image, volume, exec, jobs and commit do what docker's do");
	command.words += skip;
	command.count -= skip;
	for (size_t i = 0; i < COUNT(own); i++)
		if (strcmp(own[i].name, command.words[0].s) == 0)
			return own[i].read(foreign, &command);
	return by_row(foreign, &command);
}

/* container -it ubuntu bash: docker's order, where the image is an option here. busybox is an image
 * and a program of itself, so it stays one; so does httpd, which busybox has. */
enum foreign_kind foreign_image(const struct foreign *foreign)
{
	static const char *const names[] = {
		"ubuntu", "debian", "alpine", "fedora", "centos", "archlinux", "rockylinux", "opensuse",
		"nginx", "redis", "postgres", "mysql", "node", "golang", "hello-world",
	};
	struct foreign_words words;

	for (size_t i = 1; i < foreign->count; i++)
		if (strncmp(foreign->words[i].s, "--image", 7) == 0)
			return FOREIGN_NOT;
	if (!foreign_options(foreign, 1, run_options, false, &words) || !words.count)
		return FOREIGN_NOT;
	const char *first = words.rest[0];
	bool image = strchr(first, ':') && first[0] != '/';
	for (size_t i = 0; i < COUNT(names); i++)
		image = image || strcmp(first, names[i]) == 0;
	if (!image)
		return FOREIGN_NOT;
	foreign_add(foreign, "container");
	add_options(foreign, &words);
	foreign_add(foreign, " --image");
	foreign_word(foreign, first);
	foreign_add(foreign, words.count > 1 ? " --" : " --run");
	foreign_rest(foreign, &words, 1);
	return foreign_answer(foreign, "image ls shows the images there are");
}
