/* net stat: what each interface has carried, as /proc/PID/net/dev counts it. proc_pid_net(5). */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/message.h"
#include "base/show/table.h"
#include "base/text.h"
#include "words/network/network.h"

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
	table_add(table, message_of(packets, "%llu bytes, %llu packet", "%llu bytes, %llu packets"), received, packets);
	table_add(table, message_of(sent_packets, "%llu bytes, %llu packet", "%llu bytes, %llu packets"), sent, sent_packets);
}

int net_stat(const struct context *context, const struct words *words, struct text *ret,
	     struct error *err)
{
	static const char *const head[] = { N_("INTERFACE"), N_("RECEIVED"), N_("SENT"), NULL };
	pid_t pid = context->pid ? context->pid : getpid();
	cleanup_text struct text text = { 0 };
	struct table table = { .columns = 3 };
	char path[40];

	(void)words;
	snprintf(path, sizeof(path), "/proc/%d/net/dev", pid);
	if (read_file(AT_FDCWD, path, 1 << 20, &text) < 0)
		return fail(err, errno, "%s", path);
	text_sayf(ret, " %s: the network namespace %s\n", path,
		  ns_own(context->child, context->host, NS_NET) ? _("is the child's own") : _("is the host's"));
	table_head(&table, head);
	for (const char *line = text_of(&text); line; line = strchr(line, '\n')) {
		line += *line == '\n';
		add_interface(&table, line);
	}
	table_print(&table, context->color, 1, 0, ret);
	return 0;
}
