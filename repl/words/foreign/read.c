/* The tools that are known, and what is asked of every line: a pasted prompt, a pipe, --help. */
#include "words/foreign/foreign.h"

#include <string.h>

#include "base/arena.h"
#include "base/list.h"
#include "base/text.h"
#include "words/foreign/tools.h"
#include "words/language/command.h"
#include "words/language/words.h"

#define DOCKERS "container, exec, image, volume, jobs, kill, diff, commit, status, top, cgroup"

static const struct foreign_tool tools[] = {
	{ "mount", .read = foreign_mount }, { "umount", .read = foreign_umount },
	{ "unshare", .read = foreign_unshare }, { "setns", .read = foreign_types },
	{ "nsenter", .read = foreign_nsenter, .words = "setns, exec" }, { "container", .read = foreign_image },
	{ "docker", .read = foreign_docker, .words = DOCKERS }, { "podman", .read = foreign_docker, .words = DOCKERS },
	{ "nerdctl", .read = foreign_docker, .words = DOCKERS }, { "ip", .read = foreign_ip, .words = "net, link, addr" },
	{ "kill", .read = foreign_kill }, { "ps", .read = foreign_ps },
	{ "export", .read = foreign_export }, { "chroot", .read = foreign_chroot },
	{ "echo", .read = foreign_by_hand }, { "mkdir", .read = foreign_by_hand },

	{ "lsns", "ns" }, { "findmnt", "mounts --tree" }, { "capsh", "caps" }, { "getpcaps", "caps" },
	{ "setpriv", "caps, nonewprivs" }, { "pivot_root", "pivot DIR" }, { "switch_root", "pivot DIR" }, { "sethostname", "hostname NAME" },
	{ "bash", "shell" }, { "sh", "shell" }, { "zsh", "shell" }, { "su", "run -u UID CMD" },
	{ "systemd-cgls", "cgroup tree" }, { "systemd-cgtop", "top" }, { "cgcreate", "cgroup new" },
	{ "cgset", "cgroup set" }, { "cgexec", "cgroup join" }, { "pstree", "ps" }, { "htop", "top" },
	{ "bwrap", "container" }, { "runc", "container" }, { "crun", "container" }, { "lxc-start", "container" },
	{ "systemd-nspawn", "container" }, { "skopeo", "image import FILE" }, { "debootstrap", "rootfs DIR" },
	{ "sudo", .read = foreign_sudo }, { "doas", .read = foreign_sudo }, { "ulimit", "limits" }, { "man", "help WORD" }, { "clear", "Ctrl-L" },
	{ "ls" }, { "cat" }, { "pwd" }, { "id" }, { "whoami" }, { "grep" }, { "find" }, { "df" }, { "du" },
	{ "free" }, { "date" }, { "uname" }, { "head" }, { "tail" }, { "less" }, { "wc" }, { "ping" },
	{ "ifconfig" }, { "stat" }, { "sleep" }, { "printenv", "env" }, { "which" }, { "readlink" },
	{ "uptime" }, { "test" }, { "printf" },
	{ "touch", .changes = true }, { "rm", .changes = true }, { "cp", .changes = true },
	{ "mv", .changes = true }, { "ln", .changes = true }, { "chmod", .changes = true },
	{ "chown", .changes = true }, { "vi", .changes = true }, { "vim", .changes = true },
	{ "nano", .changes = true }, { "dd", .changes = true }, { "tee", .changes = true },
	{ "apt", .changes = true }, { "apt-get", .changes = true }, { "systemctl", .changes = true },
	{ "reboot", .changes = true }, { "shutdown", .changes = true }, { "killall", .changes = true },
	{ "pkill", .changes = true }, { "rmdir", .changes = true }, { "iptables", .changes = true },
};

/* The words as one line again, from one on. */
static const char *line_from(const struct foreign *foreign, size_t from)
{
	cleanup_text struct text text = { 0 };

	for (size_t i = from; i < foreign->count; i++) {
		text_add(&text, i > from ? " " : "");
		text_add_sh(&text, foreign->words[i].s);
	}
	return arena_copy(foreign->arena, text_of(&text));
}

bool foreign_nth(size_t i, const char **name, const char **words)
{
	if (i >= COUNT(tools))
		return false;
	*name = tools[i].name;
	*words = tools[i].words ? tools[i].words : tools[i].instead;
	return true;
}

/* Whether a shell would take more of the line than words: variables, names that match, pipes. */
static bool is_for_a_shell(const struct foreign *foreign)
{
	for (size_t i = 1; i < foreign->count; i++)
		if (!foreign->words[i].quoted && strpbrk(foreign->words[i].s, "|&<>$`*?[(){}"))
			return true;
	return false;
}

/* A program alone: which of the two worlds is meant, only its writer knows. */
static enum foreign_kind program(const struct foreign *foreign, const struct foreign_tool *tool)
{
	const char *line = line_from(foreign, 0), *host = line, *instead = tool->instead;
	cleanup_text struct text by_sh = { 0 };

	if (is_for_a_shell(foreign)) {
		text_add(&by_sh, "sh -c ");
		text_add_sh(&by_sh, foreign->text);
		line = text_of(&by_sh);
		host = vis(foreign->text);
	}
	if (tool->changes)
		return foreign_say(foreign, "run %s in the child, whose files are the host's until it has a root of its "
					    "own: rootfs, pivot", line);
	if (instead)
		return foreign_say(foreign, "%s; run %s runs the program in the child, !%s on the host", instead, line, host);
	return foreign_say(foreign, "run %s in the child, !%s on the host", line, host);
}

static enum foreign_kind by_tool(const struct foreign *foreign)
{
	const char *name = foreign->words[0].s;

	for (size_t i = 0; i < COUNT(tools); i++) {
		if (strcmp(tools[i].name, name) != 0)
			continue;
		enum foreign_kind ret = tools[i].read ? tools[i].read(foreign) : FOREIGN_NOT;
		if (ret != FOREIGN_NOT || command_called(name))
			return ret;
		text_clear(foreign->line);
		return program(foreign, &tools[i]);
	}
	return FOREIGN_NOT;
}

/* ---- what is asked of every line ---- */

/* Behind a shell's prompt, "user@host:~# ". NULL where there is none. */
static const char *behind_shells_prompt(const char *text)
{
	size_t user = strcspn(text, "@ \t"), length = strcspn(text, " \t");

	if (text[user] != '@' || !user || !strchr("#$%", text[length - 1]))
		return NULL;
	return text + length + strspn(text + length, " \t");
}

/* Behind a prompt that was pasted with its line: "stave [mnt] > ", "$ ". NULL where there is none. */
static const char *behind_prompt(const char *text)
{
	const char *p = behind_shells_prompt(text);

	if (p)
		return *p ? p : NULL;

	if (strncmp(text, "stave>", 6) == 0)
		p = text + 6;
	else if (strncmp(text, "stave [", 7) == 0 && (p = strchr(text, ']')) != NULL)
		p += strspn(p, "] 0123456789");
	else if (text[0] == '$' && text[1] == ' ')
		return text + 1 + strspn(text + 1, " \t");
	if (!p || (text[5] != '>' && *p++ != '>'))
		return NULL;
	return p + strspn(p, " \t");
}

static enum foreign_kind pasted(const struct foreign *foreign, const char *rest)
{
	struct statement *list;
	struct error unused;
	size_t count;

	if (words_split(rest, strlen(rest), foreign->arena, &list, &count, &unused) < 0 || count != 1)
		return FOREIGN_NOT;
	enum foreign_kind ret = foreign_read(&list[0], foreign->arena, foreign->line, foreign->err);
	if (ret == FOREIGN_NOT) {
		text_clear(foreign->line);
		text_add(foreign->line, rest);
	}
	return ret == FOREIGN_ANSWERED ? ret : FOREIGN_DONE;
}

/* What a shell would take for itself: the index of the word, 0 for none. */
static size_t find_operator(const struct foreign *foreign)
{
	static const char *const operators[] = { "|", "||", "&&", "&", ">", ">>", "<", "2>", "2>&1", "&>", "|&" };

	for (size_t i = 1; i < foreign->count; i++)
		for (size_t n = 0; n < COUNT(operators); n++)
			if (!foreign->words[i].quoted && strcmp(foreign->words[i].s, operators[n]) == 0)
				return i;
	return 0;
}

/* Where the program begins in the words before the operator; 0 where the command takes none. */
static size_t program_of(const struct foreign *foreign, const struct command *command, size_t end)
{
	struct words words;
	struct error unused;

	if (command_accept(command, foreign->words, end, foreign->arena, &words, &unused) < 0)
		return 0;
	for (size_t i = 0; i < words.count; i++) {
		const struct arg_spec *arg = arg_of(command, words.args, i);
		for (size_t n = 1; arg && arg->kind == WORD_PROGRAM && n < end; n++)
			if (foreign->words[n].column == words.args[i].column)
				return n;
	}
	return 0;
}

/* The words before the program, and it with all that follows as one word of sh -c. */
static enum foreign_kind through_sh(const struct foreign *foreign, const char *text, int column, size_t program)
{
	for (size_t i = 0; i < program; i++)
		foreign_word(foreign, foreign->words[i].s);
	foreign_add(foreign, " sh -c");
	foreign_word(foreign, text + (foreign->words[program].column - column));
	fail_id(foreign->err, ERR_LINE_PIPE, 0, "%s: no pipes and no redirections here", vis(foreign->words[0].s));
	fail_fix(foreign->err, "%s", text_of(foreign->line));
	return FOREIGN_ANSWERED;
}

static bool takes_an_expression(const struct command *command)
{
	for (const struct arg_spec *arg = command->args; arg && arg->name; arg++)
		if (arg->kind == WORD_CHECK)
			return true;
	return false;
}

static enum foreign_kind piped(const struct foreign *foreign, const struct statement *statement, size_t operator)
{
	struct error unused;
	const struct command *command = command_find(&foreign->words[0], &unused);
	const char *what = foreign->words[operator].s, *behind = line_from(foreign, operator + 1);

	if (command && takes_an_expression(command))
		return FOREIGN_NOT;
	size_t program = command ? program_of(foreign, command, operator) : 0;
	bool background = strcmp(what, "&") == 0 && operator + 1 == foreign->count;
	if (program && !background) {
		enum foreign_kind ret = through_sh(foreign, statement->text, statement->column, program);
		foreign->err->column = foreign->words[operator].column;
		return ret;
	}
	fail_id(foreign->err, ERR_LINE_PIPE, 0, "%s: %s is shell syntax, and no shell reads this line", vis(foreign->words[0].s), what);
	foreign->err->column = foreign->words[operator].column;
	cleanup_text struct text before = { 0 };
	for (size_t i = program; i < operator; i++) {
		text_add(&before, i > program ? " " : "");
		text_add_sh(&before, foreign->words[i].s);
	}
	if (background)
		fail_fix(foreign->err, "spawn %s", text_of(&before));
	else if (strcmp(what, "&&") == 0)
		fail_fix(foreign->err, "%s; %s: what fails ends the line", text_of(&before), behind);
	else if (command && strcmp(command->name, "mountinfo") == 0 && strncmp(behind, "grep ", 5) == 0)
		fail_fix(foreign->err, "%s %s", text_of(&before), behind + 5);
	else
		fail_fix(foreign->err, "run sh -c '...' and !... pass it to a shell");
	return FOREIGN_ANSWERED;
}

/* "WORD --help", but where help is a program's: run ls --help. */
static bool asks_for_help(const struct foreign *foreign)
{
	struct error unused;

	return foreign->count == 2 && strcmp(foreign->words[1].s, "--help") == 0 &&
	       command_find(&foreign->words[0], &unused);
}

/* plan WORD...: what it would plan. */
static enum foreign_kind planned(const struct foreign *foreign)
{
	struct foreign inner = *foreign;

	inner.words++;
	inner.count--;
	enum foreign_kind ret = by_tool(&inner);
	if (ret != FOREIGN_DONE)
		return ret;
	if (strchr(text_of(foreign->line), ';'))
		return foreign_answer(foreign, "plan takes one of them");
	const char *line = arena_copy(foreign->arena, text_of(foreign->line));
	text_clear(foreign->line);
	text_addf(foreign->line, "plan %s", line);
	return FOREIGN_DONE;
}

static enum foreign_kind read(const struct foreign *foreign, const struct statement *statement)
{
	const char *rest = behind_prompt(statement->text);

	if (rest)
		return pasted(foreign, rest);
	if (foreign->count > 1 && strcmp(foreign->words[0].s, "plan") == 0)
		return planned(foreign);
	if (asks_for_help(foreign)) {
		text_addf(foreign->line, "help %s", foreign->words[0].s);
		return FOREIGN_DONE;
	}
	enum foreign_kind ret = by_tool(foreign);
	size_t operator = ret == FOREIGN_ANSWERED ? 0 : find_operator(foreign);
	if (!operator)
		return ret;
	text_clear(foreign->line);
	return piped(foreign, statement, operator);
}

enum foreign_kind foreign_read(const struct statement *statement, struct arena *arena,
			       struct text *line, struct error *err)
{
	const struct foreign foreign = { statement->text, statement->words, statement->count, arena, line, err };

	if (strcmp(statement->words[0].s, "!") == 0)
		return FOREIGN_NOT;
	return read(&foreign, statement);
}
