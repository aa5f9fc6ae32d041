/* What can be asked in a check. A predicate is one row of the table at the end; AUTHORING.md has
 * the same table in words, and a test compares them. */
#include "lesson/predicates.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/capability.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/path.h"
#include "base/text.h"
#include "commands/build_cgroup.h"
#include "session/session.h"
#include "snapshot/limits.h"
#include "snapshot/look.h"

enum { FILE_MOST = 1 << 20, SEEN_MOST = 60 };

/* ---- namespaces ---- */

static enum ns_link type_of(const char *word)
{
	return (enum ns_link)ns_type_find(word);
}

static void say_ns(const struct asked *asked, enum ns_link link, struct text *saw)
{
	const struct reading *reading = asked->reading;

	if (!reading->ns[link].id) {
		text_addf(saw, "/proc/%d/ns/%s cannot be read: %s", reading->pid,
			  ns_types[link].name, errno_name(reading->ns[link].code));
		return;
	}
	text_addf(saw, "%s is %s:[%llu], %s", ns_types[link].name, ns_types[link].name,
		  (unsigned long long)reading->ns[link].id,
		  ns_own(reading, asked->host, link) ? "its own" : "the host's");
}

static bool test_ns(const struct asked *asked, const char *const *words, struct text *saw)
{
	enum ns_link link = type_of(words[1]);
	bool own = ns_own(asked->reading, asked->host, link);

	say_ns(asked, link, saw);
	return asked->reading->ns[link].id && own == (strcmp(words[2], "own") == 0);
}

/* The process that a word means: a job's, a container's, a number. 0 for nobody. */
static pid_t pid_of(const struct asked *asked, const char *word)
{
	struct session *session = asked->witness->session;
	uint64_t number;

	session_jobs(session);
	pid_t pid = session_named(session, word);
	if (!pid && parse_number(word, &number) && number > 0 && number <= INT32_MAX)
		pid = (pid_t)number;
	return pid;
}

static bool test_ns_shared(const struct asked *asked, const char *const *words,
			   struct text *saw)
{
	enum ns_link link = type_of(words[1]);
	pid_t pid = pid_of(asked, words[4]);
	struct reading other;
	struct error err;

	if (!pid) {
		text_addf(saw, "there is no job or container %s", vis(words[4]));
		return false;
	}
	if (reading_take(pid, &other, &err) < 0) {
		text_add(saw, err.what);
		return false;
	}
	uint64_t id = other.ns[link].id;
	bool same = id && id == asked->reading->ns[link].id;
	say_ns(asked, link, saw);
	if (id)
		text_addf(saw, "; that of %s is %llu", vis(words[4]), (unsigned long long)id);
	else
		text_addf(saw, "; that of %s cannot be read", vis(words[4]));
	reading_done(&other);
	return same;
}

/* ---- mounts ---- */

static const struct mount *mount_at(const struct asked *asked, const char *path,
				    struct arena *arena)
{
	const struct mounts *mounts = asked->reading->mounts;

	return mounts ? mounts_at(mounts, look_absolute(asked->reading, path, arena)) : NULL;
}

static void say_mount(const struct asked *asked, const struct mount *mount, const char *path,
		      struct text *saw)
{
	if (!asked->reading->mounts)
		text_addf(saw, "/proc/%d/mountinfo cannot be read", asked->reading->pid);
	else if (!mount)
		text_addf(saw, "nothing is mounted at %s", vis(path));
	else
		text_addf(saw, "%s is %s %s%s%s %s", vis(path), vis(mount->type), vis(mount->source),
			  strcmp(mount->root, "/") == 0 ? "" : " ",
			  strcmp(mount->root, "/") == 0 ? "" : vis(mount->root),
			  vis(mount->options));
}

static bool test_mount(const struct asked *asked, const char *const *words, struct text *saw)
{
	cleanup_arena struct arena arena = { 0 };
	const struct mount *mount = mount_at(asked, words[1], &arena);

	say_mount(asked, mount, words[1], saw);
	return asked->reading->mounts && !mount == (strcmp(words[2], "absent") == 0);
}

static bool test_mount_type(const struct asked *asked, const char *const *words,
			    struct text *saw)
{
	cleanup_arena struct arena arena = { 0 };
	const struct mount *mount = mount_at(asked, words[1], &arena);

	say_mount(asked, mount, words[1], saw);
	return mount && strcmp(mount->type, words[3]) == 0;
}

/* Whether mount shows the folder that path is in a table: the same file system, and the folder that
 * path has in it. */
static bool shows(const struct mount *mount, const struct mounts *mounts, const char *path,
		  struct arena *arena)
{
	const struct mount *below = mounts ? mounts_find(mounts, path) : NULL;
	const char *rest = below ? path_inside(below->point, path) : NULL;

	return rest && below->major == mount->major && below->minor == mount->minor &&
	       strcmp(path_clean(arena, arena_print(arena, "%s/%s", below->root, rest)),
		      mount->root) == 0;
}

static bool same_inode(const struct asked *asked, const char *a, const char *b)
{
	struct stat first, second;
	pid_t pid = asked->reading->pid;

	return look_stat(pid, a, 0, &first) == 0 && look_stat(pid, b, 0, &second) == 0 &&
	       first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

static bool test_mount_from(const struct asked *asked, const char *const *words,
			    struct text *saw)
{
	cleanup_arena struct arena arena = { 0 };
	const struct mount *mount = mount_at(asked, words[1], &arena);
	const char *point = look_absolute(asked->reading, words[1], &arena);
	const char *source = look_absolute(asked->reading, words[3], &arena);

	say_mount(asked, mount, words[1], saw);
	if (!mount || strcmp(mount->source, words[3]) == 0)
		return mount;
	return shows(mount, asked->reading->mounts, source, &arena) ||
	       shows(mount, asked->host->mounts, source, &arena) ||
	       same_inode(asked, point, source);
}

static bool test_mount_from_host(const struct asked *asked, const char *const *words,
				 struct text *saw)
{
	cleanup_arena struct arena arena = { 0 };
	const struct mount *mount = mount_at(asked, words[1], &arena);
	const struct mounts *mounts = asked->host->mounts;
	const struct mount *hosts = mounts ? mounts_at(mounts, path_clean(&arena, words[1])) : NULL;

	say_mount(asked, mount, words[1], saw);
	bool same = mount && hosts && mount->major == hosts->major &&
		    mount->minor == hosts->minor && strcmp(mount->root, hosts->root) == 0;
	if (mount)
		text_addf(saw, same ? ", the very one of the host" : ", not the host's");
	return same;
}

/* Whether a list such as "rw,relatime" has a word. */
static bool has_option(const char *options, const char *word)
{
	size_t length = strlen(word);

	while (*options) {
		size_t end = strcspn(options, ",");
		if (end == length && memcmp(options, word, length) == 0)
			return true;
		options += end + (options[end] == ',');
	}
	return false;
}

static bool test_mount_rights(const struct asked *asked, const char *const *words,
			      struct text *saw)
{
	cleanup_arena struct arena arena = { 0 };
	const struct mount *mount = mount_at(asked, words[1], &arena);

	say_mount(asked, mount, words[1], saw);
	if (!mount)
		return false;
	bool ro = has_option(mount->options, "ro") || has_option(mount->super, "ro");
	if (ro && !has_option(mount->options, "ro"))
		text_add(saw, ", and its file system is ro");
	return ro == (strcmp(words[2], "ro") == 0);
}

static bool test_propagation(const struct asked *asked, const char *const *words,
			     struct text *saw)
{
	cleanup_arena struct arena arena = { 0 };
	const struct mount *mount = mount_at(asked, words[1], &arena);

	if (!mount) {
		say_mount(asked, mount, words[1], saw);
		return false;
	}
	text_addf(saw, "%s is %s", vis(words[1]), mount->propagation);
	return has_option(mount->propagation, words[3]);
}

/* ---- files ---- */

static const char *kind_of(const struct stat *st)
{
	if (S_ISDIR(st->st_mode))
		return "a folder";
	if (S_ISREG(st->st_mode))
		return "a file";
	if (S_ISLNK(st->st_mode))
		return "a symbolic link";
	if (S_ISCHR(st->st_mode) && st->st_rdev == makedev(0, 0))
		return "a character device 0:0, a whiteout";
	return S_ISCHR(st->st_mode) || S_ISBLK(st->st_mode) ? "a device" : "a pipe or socket";
}

/* lstat(2), or stat(2), of a path of the child's; false where there is nothing, which is said. */
static bool look_at(const struct asked *asked, const char *path, bool nofollow,
		    struct stat *st, struct text *saw)
{
	cleanup_arena struct arena arena = { 0 };

	if (look_stat(asked->reading->pid, look_absolute(asked->reading, path, &arena), nofollow,
		      st) < 0) {
		text_addf(saw, errno == ENOENT ? "there is no %s" : "%s cannot be looked at",
			  vis(path));
		return false;
	}
	text_addf(saw, "%s is %s", vis(path), kind_of(st));
	return true;
}

static bool test_file(const struct asked *asked, const char *const *words, struct text *saw)
{
	struct stat st;
	bool there = look_at(asked, words[1], true, &st, saw);

	if (strcmp(words[2], "present") == 0)
		return there;
	if (strcmp(words[2], "folder") == 0)
		return there && S_ISDIR(st.st_mode);
	return there && S_ISCHR(st.st_mode) && st.st_rdev == makedev(0, 0);
}

static bool test_file_absent(const struct asked *asked, const char *const *words,
			     struct text *saw)
{
	cleanup_arena struct arena arena = { 0 };
	struct stat st;

	if (look_at(asked, words[1], true, &st, saw))
		return false;
	return look_stat(asked->reading->pid, look_absolute(asked->reading, words[1], &arena), true,
			 &st) < 0 && (errno == ENOENT || errno == ENOTDIR);
}

static bool test_file_contains(const struct asked *asked, const char *const *words,
			       struct text *saw)
{
	cleanup_arena struct arena arena = { 0 };
	cleanup_text struct text text = { 0 };
	struct stat st;

	if (!look_at(asked, words[1], false, &st, saw) || !S_ISREG(st.st_mode))
		return false;
	/* A regular file now may be a pipe in a moment: never wait for anybody. */
	cleanup_fd int fd = look_open(asked->reading->pid,
				      look_absolute(asked->reading, words[1], &arena),
				      O_RDONLY | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 || (read_fd(fd, FILE_MOST, &text) < 0 && errno != EFBIG)) {
		text_addf(saw, ", and cannot be read: %s", errno_name(errno));
		return false;
	}
	bool found = text.len && memmem(text.s, text.len, words[3], strlen(words[3]));
	text_addf(saw, " of %lld bytes, %s \"%s\"", (long long)st.st_size, found ? "with" : "without",
		  vis(words[3]));
	return found;
}

static bool test_file_same(const struct asked *asked, const char *const *words,
			   struct text *saw)
{
	struct stat a, b;

	if (!look_at(asked, words[1], false, &a, saw))
		return false;
	text_clear(saw);
	if (!look_at(asked, words[4], false, &b, saw))
		return false;
	text_clear(saw);
	text_addf(saw, "%s is inode %llu of %u:%u, %s is inode %llu of %u:%u", vis(words[1]),
		  (unsigned long long)a.st_ino, major(a.st_dev), minor(a.st_dev), vis(words[4]),
		  (unsigned long long)b.st_ino, major(b.st_dev), minor(b.st_dev));
	return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/* ---- the process ---- */

static bool is_number(const char *word, uint64_t number)
{
	uint64_t wanted;

	return parse_number(word, &wanted) && wanted == number;
}

static bool test_pid(const struct asked *asked, const char *const *words, struct text *saw)
{
	const struct reading *reading = asked->reading;
	pid_t inside = reading->levels > 0 ? reading->inside[reading->levels - 1] : reading->pid;

	text_addf(saw, "it is %d outside and %d inside", reading->pid, inside);
	return is_number(words[2], (uint64_t)inside);
}

static bool test_hostname(const struct asked *asked, const char *const *words, struct text *saw)
{
	const struct witness *witness = asked->witness;
	cleanup_text struct text output = { 0 };
	const char *name = asked->reading->hostname;
	struct error err;
	int status = 0;

	/* No file tells the name of another's UTS namespace: somebody in there has to be asked. */
	if (asked->whom) {
		if (!witness->run ||
		    witness->run(witness->context, asked->whom, "hostname", &status, &output,
				 &err) < 0 || status) {
			text_add(saw, "its host name cannot be asked for");
			return false;
		}
		while (output.len && output.s[output.len - 1] == '\n')
			output.s[--output.len] = '\0';
		name = text_of(&output);
	}
	text_addf(saw, "the host name is %s", vis(name));
	return strcmp(name, words[1]) == 0;
}

static bool test_root(const struct asked *asked, const char *const *words, struct text *saw)
{
	bool own = root_own(asked->reading, asked->host);

	text_addf(saw, "its / is %s", own ? "its own" : "the host's");
	if (asked->reading->root && strcmp(asked->reading->root, "/") != 0)
		text_addf(saw, ": %s", vis(asked->reading->root));
	return own == (strcmp(words[1], "own") == 0);
}

/* ---- limits ---- */

static enum controller controller_called(const char *name)
{
	enum controller i = 0;

	while (i < CONTROLLERS && strcmp(controller_names[i], name) != 0)
		i++;
	return i;
}

/* The groups of who is asked about and of the shell, as paths; false where there are none. */
static bool groups_of(const struct asked *asked, enum controller controller, const char **own,
		      const char **shells, struct text *saw)
{
	const struct cgroup_place *place = &asked->facts->cgroup[controller];

	*own = cgroup_of(asked->reading, place, controller);
	*shells = cgroup_of(asked->host, place, controller);
	if (!*own)
		text_addf(saw, "there is no cgroup controller %s here", controller_names[controller]);
	return *own;
}

static bool test_cgroup(const struct asked *asked, const char *const *words, struct text *saw)
{
	const char *group, *shells;

	if (!groups_of(asked, controller_called(words[1]), &group, &shells, saw))
		return false;
	bool own = !shells || strcmp(group, shells) != 0;
	text_addf(saw, "its group for %s is %s, %s", words[1], vis(group),
		  own ? "its own" : "the shell's");
	return own == (strcmp(words[2], "own") == 0);
}

static bool limits_of(const struct asked *asked, struct limits *ret, const struct limit *limit,
		      struct text *saw)
{
	limits_take(asked->facts, asked->reading, asked->host, ret);
	if (!limit->path)
		text_add(saw, "there is no cgroup controller for it here");
	else if (!limit->own)
		text_addf(saw, "its group is %s, the shell's", vis(limit->path));
	return limit->path && limit->own;
}

static bool test_cpu(const struct asked *asked, const char *const *words, struct text *saw)
{
	struct plan plan = { 0 };
	struct limits_wanted wanted = { 0 };
	unsigned long long quota = 0, period = 1;
	struct limits limits = { 0 };
	struct error err;

	if (!limits_of(asked, &limits, &limits.cpu, saw))
		return false;
	bool none = limits.cpu.most == NO_LIMIT || limits.period == NO_LIMIT || !limits.period;
	if (none)
		text_add(saw, "no CPU quota");
	else
		text_addf(saw, "%llu of each %llu us", (unsigned long long)limits.cpu.most,
			  (unsigned long long)limits.period);
	bool parsed = parse_cpu(&plan, words[2], NULL, &wanted, &err) == 0;
	const char *value = parsed ? limit_wanted(&wanted, KNOB_CPU_QUOTA) : "";
	bool max = strncmp(value, "max", 3) == 0;
	bool number = sscanf(value, "%llu %llu", &quota, &period) == 2;
	plan_done(&plan);
	if (max || none)
		return max && none;
	return number && limits.cpu.most * period == quota * limits.period;
}

static void say_size(const char *what, uint64_t most, struct text *saw)
{
	if (most == NO_LIMIT)
		text_addf(saw, "no limit on %s", what);
	else
		text_addf(saw, "at most %llu %s", (unsigned long long)most, what);
}

static bool is_limit(uint64_t most, const char *value, uint64_t grain)
{
	uint64_t number;

	if (strcmp(value, "max") == 0)
		return most == NO_LIMIT;
	return parse_number(value, &number) && most / grain == number / grain;
}

static bool test_memory(const struct asked *asked, const char *const *words, struct text *saw)
{
	struct plan plan = { 0 };
	struct limits_wanted wanted = { 0 };
	struct limits limits = { 0 };
	struct error err;

	if (!limits_of(asked, &limits, &limits.memory, saw))
		return false;
	say_size("bytes", limits.memory.most, saw);
	/* The kernel rounds down to whole pages. */
	bool holds = parse_memory(&plan, words[2], NULL, &wanted, &err) == 0 &&
		     is_limit(limits.memory.most, limit_wanted(&wanted, KNOB_MEMORY_MAX),
			      (uint64_t)sysconf(_SC_PAGESIZE));
	plan_done(&plan);
	return holds;
}

static bool test_pids(const struct asked *asked, const char *const *words, struct text *saw)
{
	struct limits limits = { 0 };

	if (!limits_of(asked, &limits, &limits.pids, saw))
		return false;
	say_size("processes", limits.pids.most, saw);
	return is_limit(limits.pids.most, words[2], 1);
}

/* ---- rights ---- */

static bool capability_called(const char *word, cap_value_t *ret)
{
	char name[64];

	snprintf(name, sizeof(name), "%s%s", strncasecmp(word, "cap_", 4) == 0 ? "" : "cap_", word);
	return cap_from_name(name, ret) == 0;
}

static bool test_cap(const struct asked *asked, const char *const *words, struct text *saw)
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

static bool test_nonewprivs(const struct asked *asked, const char *const *words,
			    struct text *saw)
{
	(void)words;
	text_addf(saw, "no_new_privs is %s", asked->reading->no_new_privs ? "set" : "not set");
	return asked->reading->no_new_privs;
}

static bool test_seccomp(const struct asked *asked, const char *const *words, struct text *saw)
{
	static const char *const modes[] = { "off", "strict", "filter" };
	int mode = asked->reading->seccomp;
	const char *is = mode >= 0 && mode < 3 ? modes[mode] : "unknown";

	text_addf(saw, "seccomp is %s", is);
	return strcmp(is, words[1]) == 0;
}

/* The number inside that a map gives to one outside; false where it gives none.
 * user_namespaces(7): "INSIDE OUTSIDE COUNT" a line. */
static bool inside_of(const char *map, unsigned long outside, unsigned long *ret)
{
	for (const char *line = map ? map : ""; *line; line += *line == '\n') {
		unsigned long first, from, count;
		if (sscanf(line, "%lu %lu %lu", &first, &from, &count) == 3 && outside >= from &&
		    outside - from < count) {
			*ret = first + (outside - from);
			return true;
		}
		line += strcspn(line, "\n");
	}
	return false;
}

static bool test_id(const struct asked *asked, const char *const *words, struct text *saw)
{
	const struct reading *reading = asked->reading;
	bool user = strcmp(words[0], "uid") == 0;
	unsigned long outside = user ? reading->uid[1] : reading->gid[1], inside = 0;
	bool mapped = inside_of(user ? reading->uid_map : reading->gid_map, outside, &inside);

	text_addf(saw, "its %s is %lu outside", words[0], outside);
	if (mapped)
		text_addf(saw, " and %lu inside", inside);
	else
		text_add(saw, ", and has no number inside");
	if (strcmp(words[1], "outside") == 0)
		return is_number(words[2], outside);
	return mapped && is_number(words[2], inside);
}

/* ---- network ---- */

/* fib_trie of a network namespace has 127.0.0.1 once lo is up. proc_pid_net(5). */
static bool test_lo(const struct asked *asked, const char *const *words, struct text *saw)
{
	cleanup_text struct text text = { 0 };
	char path[48];

	snprintf(path, sizeof(path), "/proc/%d/net/fib_trie", asked->reading->pid);
	if (read_file(AT_FDCWD, path, FILE_MOST, &text) < 0 && errno != EFBIG) {
		text_addf(saw, "%s cannot be read: %s", path, errno_name(errno));
		return false;
	}
	bool up = strstr(text_of(&text), "127.0.0.1");
	text_addf(saw, "lo is %s", up ? "up" : "down");
	return up == (strcmp(words[2], "up") == 0);
}

/* ---- programs ---- */

/* s without blanks and newlines at both ends, in arena. */
static const char *trimmed(struct arena *arena, const char *s)
{
	static const char blanks[] = " \t\r\n";

	s += strspn(s, blanks);
	size_t length = strlen(s);
	while (length && strchr(blanks, s[length - 1]))
		length--;
	return arena_copyn(arena, s, length);
}

/* The first of what was printed, made visible and cut. */
static void say_output(const struct text *output, struct text *saw)
{
	cleanup_arena struct arena arena = { 0 };
	const char *text = trimmed(&arena, text_of(output));
	char shown[SEEN_MOST];

	if (*text)
		text_addf(saw, " and printed \"%s\"", visible(shown, sizeof(shown), text));
	else
		text_add(saw, " and printed nothing");
}

/* Run words[1]. false when it could not be started, which is said. */
static bool run_program(const struct asked *asked, const char *const *words, int *status,
			struct text *output, struct text *saw)
{
	const struct witness *witness = asked->witness;
	struct error err = { 0 };

	if (!witness->run) {
		text_add(saw, "no program can be run here");
		return false;
	}
	if (witness->run(witness->context, asked->whom, words[1], status, output, &err) == 0) {
		text_addf(saw, "it ended with status %d", *status);
		return true;
	}
	text_add(saw, err.what);
	if (err.code)
		text_addf(saw, ": %s", errno_name(err.code));
	return false;
}

static bool test_prints(const struct asked *asked, const char *const *words, struct text *saw)
{
	cleanup_arena struct arena arena = { 0 };
	cleanup_text struct text output = { 0 };
	int status = 0;

	if (!run_program(asked, words, &status, &output, saw))
		return false;
	say_output(&output, saw);
	if (strcmp(words[2], "says") == 0)
		return strstr(text_of(&output), words[3]);
	return status == 0 && strcmp(trimmed(&arena, text_of(&output)), trimmed(&arena, words[3])) == 0;
}

/* A program that is not there fails as well, as in sh(1): 127. */
static bool test_status(const struct asked *asked, const char *const *words, struct text *saw)
{
	cleanup_text struct text output = { 0 };
	int status = 127;

	bool started = run_program(asked, words, &status, &output, saw);
	if (started && status)
		say_output(&output, saw);
	return (started && status == 0) == (strcmp(words[2], "succeeds") == 0);
}

static bool test_job(const struct asked *asked, const char *const *words, struct text *saw)
{
	struct session *session = asked->witness->session;

	session_jobs(session);
	bool running = session_named(session, words[1]);
	text_addf(saw, running ? "%s runs" : "nothing called %s runs", vis(words[1]));
	return running == (strcmp(words[2], "running") == 0);
}

/* ---- the host ---- */

static bool test_host(const struct asked *asked, const char *const *words, struct text *saw)
{
	const struct session *session = asked->witness->session;
	const struct reading *then = asked->witness->host ? asked->witness->host : &session->host;
	cleanup_text struct text differences = { 0 };
	struct reading now;
	struct error err;

	(void)words;
	if (reading_take(getpid(), &now, &err) < 0) {
		text_add(saw, err.what);
		return false;
	}
	gethostname(now.hostname, sizeof(now.hostname));
	/* Where groups are delegated the shell moves to a leaf, so that its group may have others
	 * (cgroups(7), no internal processes). That is its own affair, and is taken back. */
	struct reading before = *then;
	before.cgroup_count = now.cgroup_count = 0;
	size_t count = reading_differs(&before, &now, &before, &differences);
	reading_done(&now);
	if (!count) {
		text_add(saw, "the host's mounts, namespaces and name are as they were");
		return true;
	}
	size_t first = strcspn(text_of(&differences), "\n");
	text_addn(saw, text_of(&differences), first);
	if (count > 1)
		text_addf(saw, ", and %zu more", count - 1);
	return false;
}

/* ---- arguments ---- */

static bool fits_controller(const char *word, struct error *err)
{
	cleanup_text struct text known = { 0 };

	if (controller_called(word) < CONTROLLERS)
		return true;
	for (enum controller i = 0; i < CONTROLLERS; i++)
		text_addf(&known, "%s%s", i ? " " : "", controller_names[i]);
	fail(err, 0, "no such cgroup controller: %s", vis(word));
	fail_fix(err, "one of: %s", text_of(&known));
	return false;
}

static bool fits_type(const char *word, struct error *err)
{
	if (ns_type_find(word) >= 0 && ns_type_find(word) < NS_TYPES)
		return true;
	fail(err, 0, "no such namespace type: %s", vis(word));
	fail_fix(err, "one of: cgroup ipc mnt net pid time user uts");
	return false;
}

static bool fits_capability(const char *word, struct error *err)
{
	cap_value_t cap;

	if (capability_called(word, &cap))
		return true;
	fail(err, 0, "no such capability: %s", vis(word));
	fail_fix(err, "as capabilities(7) spells them: sys_admin, net_raw, chown");
	return false;
}

/* A limit as the command cgroup would take it. */
static bool fits_limit(const char *name, const char *word, struct error *err)
{
	struct plan plan = { 0 };
	struct limits_wanted wanted = { 0 };
	int ret = strcmp(name, "SHARE") == 0 ? parse_cpu(&plan, word, NULL, &wanted, err) :
		  strcmp(name, "SIZE") == 0  ? parse_memory(&plan, word, NULL, &wanted, err) :
					       parse_pids(&plan, word, &wanted, err);

	plan_done(&plan);
	return ret == 0;
}

bool argument_fits(const char *name, const char *word, struct error *err)
{
	uint64_t number;

	if (strcmp(name, "TYPE") == 0)
		return fits_type(word, err);
	if (strcmp(name, "CONTROLLER") == 0)
		return fits_controller(word, err);
	if (strcmp(name, "CAP") == 0)
		return fits_capability(word, err);
	if (strcmp(name, "SHARE") == 0 || strcmp(name, "SIZE") == 0 || strcmp(name, "COUNT") == 0)
		return fits_limit(name, word, err);
	if (strcmp(name, "N") == 0 && !parse_number(word, &number)) {
		fail(err, 0, "%s is no number", vis(word));
		return false;
	}
	if (!word[0] && strcmp(name, "TEXT") != 0) {
		fail(err, 0, "%s may not be empty", name);
		return false;
	}
	return true;
}

const struct predicate predicates[] = {
	{ "ns TYPE own|host", test_ns },
	{ "ns TYPE shared with WHOM", test_ns_shared },
	{ "mount PATH present|absent", test_mount },
	{ "mount PATH type FSTYPE", test_mount_type },
	{ "mount PATH from host", test_mount_from_host },
	{ "mount PATH from SOURCE", test_mount_from },
	{ "mount PATH ro|rw", test_mount_rights },
	{ "mount PATH propagation private|shared|slave|unbindable", test_propagation },
	{ "file PATH absent", test_file_absent },
	{ "file PATH present|folder|whiteout", test_file },
	{ "file PATH contains TEXT", test_file_contains },
	{ "file PATH same as PATH", test_file_same },
	{ "pid inside N", test_pid },
	{ "hostname NAME", test_hostname },
	{ "root own|host", test_root },
	{ "cgroup CONTROLLER own|host", test_cgroup },
	{ "cgroup cpu SHARE", test_cpu },
	{ "cgroup memory SIZE", test_memory },
	{ "cgroup pids COUNT", test_pids },
	{ "cap CAP present|absent|effective|ambient|bounded", test_cap },
	{ "nonewprivs", test_nonewprivs },
	{ "seccomp filter|off", test_seccomp },
	{ "uid inside|outside N", test_id },
	{ "gid inside|outside N", test_id },
	{ "net lo up|down", test_lo },
	{ "run CMD prints|says TEXT", test_prints },
	{ "run CMD succeeds|fails", test_status },
	{ "job NAME running|absent", test_job },
	{ "host unchanged", test_host },
	{ 0 }
};
