/* What is asked of a process, namespaces, numbers, names, network; and of the host. */
#include "lesson/check/predicates.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/fd.h"
#include "base/message.h"
#include "base/path.h"
#include "base/process/proc.h"
#include "base/text.h"
#include "lesson/check/check.h"
#include "session/session.h"
#include "walls/walls.h"

enum { FILE_MOST = 1 << 20 };

/* ---- namespaces ---- */

static enum ns_link type_of(const char *word)
{
	return (enum ns_link)ns_type_find(word);
}

static void say_ns(const struct asked *asked, enum ns_link link, struct text *saw)
{
	const struct reading *reading = asked->reading;

	if (!reading->ns[link].id) {
		text_sayf(saw, "/proc/%d/ns/%s cannot be read: %s", reading->pid,
			  ns_types[link].name, errno_name(reading->ns[link].code));
		return;
	}
	text_sayf(saw, "%s is %s:[%llu], %s", ns_types[link].name, ns_types[link].name,
		  (unsigned long long)reading->ns[link].id,
		  reading->ns[link].joined ? _("joined") :
		  ns_own(reading, asked->host, link) ? _("its own") : _("the host's"));
}

bool predicate_ns(const struct asked *asked, const char *const *words, struct text *saw)
{
	enum ns_link link = type_of(words[1]);
	bool own = ns_own(asked->reading, asked->host, link);

	say_ns(asked, link, saw);
	return asked->reading->ns[link].id && own == (strcmp(words[2], "own") == 0);
}

/* Whether the namespace belongs to the process's own user namespace, so that its root has rights
 * over it: ioctl_ns(2). */
bool predicate_ns_owned(const struct asked *asked, const char *const *words, struct text *saw)
{
	enum ns_link link = type_of(words[1]);
	const struct reading *reading = asked->reading;
	ino_t owner = reading->ns[link].id ? ns_owner(reading->pid, link) : 0;
	bool own = ns_own(reading, asked->host, NS_USER) && owner == reading->ns[NS_USER].id;

	say_ns(asked, link, saw);
	if (own)
		text_say(saw, ", and its own user namespace owns it");
	else if (owner)
		text_sayf(saw, ", and user:[%llu] owns it", (unsigned long long)owner);
	else
		text_say(saw, ", and a user namespace above this shell's owns it");
	return own;
}

pid_t pid_meant(const struct asked *asked, const char *word)
{
	struct session *session = asked->witness->session;
	uint64_t number;

	session_reap(session);
	pid_t pid = session_named(session, word);
	if (!pid && parse_number(word, &number) && number > 0 && number <= INT32_MAX)
		pid = (pid_t)number;
	return pid;
}

/* Of whom nobody can see it is not said either that it is another's. */
bool predicate_ns_shared(const struct asked *asked, const char *const *words, struct text *saw)
{
	enum ns_link link = type_of(words[1]);
	pid_t pid = pid_meant(asked, words[4]);
	struct reading other;
	struct error err;

	if (!pid) {
		text_sayf(saw, "no job or container %s", vis(words[4]));
		return asked->negated;
	}
	if (reading_take(pid, &other, &err) < 0) {
		text_add(saw, err.what);
		return asked->negated;
	}
	uint64_t id = other.ns[link].id;
	bool same = id ? id == asked->reading->ns[link].id : asked->negated;
	say_ns(asked, link, saw);
	if (id)
		text_sayf(saw, "; that of %s is %llu", vis(words[4]), (unsigned long long)id);
	else
		text_sayf(saw, "; that of %s cannot be read", vis(words[4]));
	reading_done(&other);
	return same;
}

/* ---- numbers and names ---- */

static bool is_number(const char *word, uint64_t number)
{
	uint64_t wanted;

	return parse_number(word, &wanted) && wanted == number;
}

bool predicate_pid(const struct asked *asked, const char *const *words, struct text *saw)
{
	const struct reading *reading = asked->reading;
	pid_t inside = reading->levels > 0 ? reading->inside[reading->levels - 1] : reading->pid;

	text_sayf(saw, "it is %d outside and %d inside", reading->pid, inside);
	return is_number(words[2], (uint64_t)inside);
}

bool predicate_hostname(const struct asked *asked, const char *const *words, struct text *saw)
{
	const struct witness *witness = asked->witness;
	cleanup_text struct text output = { 0 };
	const char *name = asked->reading->hostname;
	struct error err;
	int status = 0;

	/* No file tells the name of another's UTS namespace: somebody inside has to be asked. */
	if (asked->whom) {
		if (!witness->run ||
		    witness->run(witness->context, asked->whom, "hostname", &status, &output,
				 &err) < 0 || status) {
			text_say(saw, "its host name cannot be read");
			return false;
		}
		while (output.len && output.s[output.len - 1] == '\n')
			output.s[--output.len] = '\0';
		name = text_of(&output);
	}
	text_sayf(saw, "the host name is %s", vis(name));
	return strcmp(name, words[1]) == 0;
}

static const char *root_words(enum standing root, enum standing chroot)
{
	if (root == NOT_SEEN || chroot == NOT_SEEN)
		return _("could not be read");
	if (chroot == STANDING)
		return root >= JOINED ? _("a folder of its own root's, by chroot(2)") :
					_("a folder of the host's, by chroot(2)");
	if (root == JOINED)
		return _("the root of the mount namespace that it has joined");
	return root == STANDING ? _("the root of its own mount namespace") : "the host's";
}

/* pivoted: the root of its mount namespace is its own; chrooted: its "/" lies below that root. */
bool predicate_root(const struct asked *asked, const char *const *words, struct text *saw)
{
	const struct sides sides = { .child = asked->reading, .host = asked->host };
	enum standing root = wall_standing(WALL_ROOT, &sides);
	enum standing chroot = wall_standing(WALL_CHROOT, &sides);
	const char *link = asked->reading->root;

	text_sayf(saw, "its / is %s", root_words(root, chroot));
	if (link && strcmp(link, "/") != 0)
		text_addf(saw, ": %s", vis(link));
	/* What was not seen does not hold, and neither does its contrary. */
	if (root == NOT_SEEN || chroot == NOT_SEEN)
		return asked->negated;
	if (strcmp(words[1], "pivoted") == 0)
		return root >= JOINED;
	if (strcmp(words[1], "chrooted") == 0)
		return chroot >= JOINED;
	return (root >= JOINED || chroot >= JOINED) == (strcmp(words[1], "own") == 0);
}

/* Whether its working directory lies below its root: chroot(2) does not move it. */
bool predicate_cwd(const struct asked *asked, const char *const *words, struct text *saw)
{
	const struct reading *reading = asked->reading;

	if (!reading->root || !reading->cwd) {
		text_say(saw, "its root and working directory could not be read");
		return false;
	}
	bool inside = path_inside(reading->root, reading->cwd) != NULL;
	text_sayf(saw, "its working directory is %s, its root %s", vis(reading->cwd), vis(reading->root));
	return inside == (strcmp(words[1], "inside") == 0);
}

bool predicate_id(const struct asked *asked, const char *const *words, struct text *saw)
{
	const struct reading *reading = asked->reading;
	bool user = strcmp(words[0], "uid") == 0;
	unsigned long outside = user ? reading->uid[1] : reading->gid[1], inside = 0;
	bool mapped = id_inside(user ? reading->uid_map : reading->gid_map, outside, &inside);

	text_sayf(saw, "its %s is %lu outside", words[0], outside);
	if (mapped)
		text_sayf(saw, " and %lu inside", inside);
	else
		text_say(saw, ", and has no id inside");
	if (strcmp(words[1], "outside") == 0)
		return is_number(words[2], outside);
	return mapped && is_number(words[2], inside);
}

/* ---- network ---- */

/* fib_trie of a network namespace has 127.0.0.1 once lo is up. proc_pid_net(5). */
bool predicate_lo(const struct asked *asked, const char *const *words, struct text *saw)
{
	cleanup_text struct text text = { 0 };
	int proc = proc_of(asked->reading->pid);

	if (proc < 0 || (read_file(proc, "net/fib_trie", FILE_MOST, &text) < 0 && errno != EFBIG)) {
		text_sayf(saw, "/proc/%d/net/fib_trie cannot be read: %s", asked->reading->pid, errno_name(errno));
		return false;
	}
	bool up = strstr(text_of(&text), "127.0.0.1");
	text_sayf(saw, "lo is %s", up ? _("up") : _("down"));
	return up == (strcmp(words[2], "up") == 0);
}

/* The line "Ip:" of /proc/PID/net/snmp begins with Forwarding: 1 on, 2 off. RFC 4293. */
bool predicate_forward(const struct asked *asked, const char *const *words, struct text *saw)
{
	cleanup_text struct text text = { 0 };
	char path[48];
	int forwarding = 0;

	snprintf(path, sizeof(path), "/proc/%d/net/snmp", asked->reading->pid);
	if (read_file(AT_FDCWD, path, FILE_MOST, &text) < 0) {
		text_sayf(saw, "%s cannot be read: %s", path, errno_name(errno));
		return false;
	}
	const char *values = strstr(text_of(&text), "\nIp: ");
	if (!values || sscanf(values + 5, "%d", &forwarding) != 1) {
		text_sayf(saw, "%s does not say whether packets are forwarded", path);
		return false;
	}
	text_sayf(saw, "IPv4 forwarding is %s", forwarding == 1 ? _("on") : _("off"));
	return (forwarding == 1) == (strcmp(words[2], "on") == 0);
}
