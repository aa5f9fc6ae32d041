/* net: the interfaces of the child's network namespace; net lo brings the loopback one up. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/show/table.h"
#include "base/text.h"
#include "words/plans/plans.h"

/* One line of /proc/PID/net/dev behind its two of headings: "    lo:  RX-BYTES RX-PACKETS ... TX-BYTES
 * TX-PACKETS ...". */
static void add_interface(struct table *table, const char *line)
{
	unsigned long long received, packets, sent, sent_packets;
	const char *name = line + strspn(line, " ");
	const char *colon = strpbrk(name, ":\n");
	char shown[64];

	if (!colon || *colon != ':' || sscanf(colon + 1, "%llu %llu %*u %*u %*u %*u %*u %*u %llu %llu", &received, &packets,
			     &sent, &sent_packets) != 4)
		return;
	snprintf(shown, sizeof(shown), "%.*s", (int)(colon - name), name);
	table_add(table, "%s", vis(shown));
	table_add(table, "%llu bytes, %llu packets", received, packets);
	table_add(table, "%llu bytes, %llu packets", sent, sent_packets);
}

static int look_interfaces(const struct context *context, const struct words *words, struct text *ret,
			   struct error *err)
{
	static const char *const head[] = { "INTERFACE", "RECEIVED", "SENT", NULL };
	pid_t pid = context->pid ? context->pid : getpid();
	cleanup_text struct text text = { 0 };
	struct table table = { .columns = 3 };
	char path[40];

	(void)words;
	snprintf(path, sizeof(path), "/proc/%d/net/dev", pid);
	if (read_file(AT_FDCWD, path, 1 << 20, &text) < 0)
		return fail(err, errno, "net: %s", path);
	text_addf(ret, " %s: the network namespace %s\n", path,
		  ns_own(context->child, context->host, NS_NET) ? "is the child's own" : "is the host's");
	table_head(&table, head);
	for (const char *line = text_of(&text); line; line = strchr(line, '\n')) {
		line += *line == '\n';
		add_interface(&table, line);
	}
	table_print(&table, context->color, 1, 0, ret);
	return 0;
}

static int build_lo(const struct context *context, const struct words *words, struct plan *plan,
		 struct error *err)
{
	if (refuse_shared(context, words, NS_NET, "setting an interface", err) < 0)
		return -1;
	plan_loopback(plan);
	plan->changes = true;
	plan->meaning = "127.0.0.1 now answers the processes of this network namespace, and no others.";
	return 0;
}

static const struct choice choices[] = {
	{ "lo", "bring up the loopback interface", .args = no_args, .build = build_lo },
	{ "show", "the interfaces there are", .args = no_args, .look = look_interfaces, .bare = true },
	{ 0 }
};

static const struct arg_spec args[] = {
	{ "WHAT", WORD_CHOICE, .optional = true, .choices = choices },
	{ 0 }
};

static int build(const struct context *context, const struct words *words, struct plan *plan,
		 struct error *err)
{
	return words->choice->build(context, words, plan, err);
}

static int look(const struct context *context, const struct words *words, struct text *ret,
		struct error *err)
{
	return words->choice->look(context, words, ret, err);
}

static bool only_looks(const struct words *words)
{
	return words->choice->look != NULL;
}

const struct command command_net = {
	.name = "net", .kind = BUILDS, .stage = STAGE_NETWORK, .group = GROUP_WALLS,
	.summary = "the interfaces of the child's network namespace; lo brings the loopback one up",
	.explain = "A new network namespace has one interface, lo, and it is down: 127.0.0.1 is "
		"unreachable (ENETUNREACH) until you bring lo up. It has no route to the host or "
		"the world.",
	.example = "unshare user net\nnet lo\nnet",
	.args = args, .only_looks = only_looks, .build = build, .look = look,
};
