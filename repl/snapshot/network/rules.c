#include "snapshot/network/rules.h"

#include <errno.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/list.h"
#include "base/text.h"
#include "base/net/netlink.h"

/* Where in the text: no table, a table, a chain of it, or another thing of it that is passed over. */
struct parsing {
	const char *family, *table;
	bool in_chain, in_other;
};

/* " # handle 7" at the end of a line: cut off, and its number. */
static uint64_t cut_handle(char *line)
{
	char *at = NULL;

	for (char *next = strstr(line, " # handle "); next; next = strstr(next + 1, " # handle "))
		at = next;
	if (!at)
		return 0;
	*at = '\0';
	return strtoull(at + strlen(" # handle "), NULL, 10);
}

/* The word behind another, such as that behind "hook ", up to a blank or a semicolon. */
static const char *word_after(const char *line, const char *before, struct arena *arena)
{
	const char *at = strstr(line, before);

	return at ? arena_copyn(arena, at + strlen(before), strcspn(at + strlen(before), " ;")) : "";
}

/* "type filter hook input priority filter; policy accept;" */
static void read_base(const char *line, struct network *ret)
{
	struct nft_chain *chain = &ret->chains[ret->chain_count - 1];
	const char *priority = strstr(line, " priority ");

	chain->type = word_after(line, "type ", &ret->arena);
	chain->hook = word_after(line, " hook ", &ret->arena);
	chain->policy = word_after(line, "; policy ", &ret->arena);
	if (priority)
		chain->priority = arena_copyn(&ret->arena, priority + strlen(" priority "),
					      strcspn(priority + strlen(" priority "), ";"));
}

static void begin_table(char *line, struct parsing *at, struct network *ret)
{
	char *save = NULL, *family = strtok_r(line + strlen("table "), " ", &save),
	     *name = strtok_r(NULL, " ", &save);

	at->family = arena_copy(&ret->arena, family ? family : "");
	at->table = arena_copy(&ret->arena, name ? name : "");
}

static void begin_chain(const char *line, const struct parsing *at, struct network *ret)
{
	LIST_ROOM(ret->chains, ret->chain_count, ret->chain_room);
	ret->chains[ret->chain_count++] = (struct nft_chain){
		.family = at->family, .table = at->table, .type = "", .hook = "", .priority = "", .policy = "",
		.name = arena_copyn(&ret->arena, line + strlen("chain "), strcspn(line + strlen("chain "), " ")),
	};
}

static void add_rule(const char *line, uint64_t handle, struct network *ret)
{
	LIST_ROOM(ret->rules, ret->rule_count, ret->rule_room);
	ret->rules[ret->rule_count++] = (struct rule){
		.chain = ret->chain_count - 1, .text = arena_copy(&ret->arena, line), .handle = handle,
	};
}

static void take_line(char *line, struct parsing *at, struct network *ret)
{
	uint64_t handle = cut_handle(line);

	line += strspn(line, "\t ");
	if (strcmp(line, "}") == 0) {
		if (!at->in_chain && !at->in_other)
			at->table = NULL;
		at->in_chain = at->in_other = false;
	} else if (!at->table && strncmp(line, "table ", 6) == 0) {
		begin_table(line, at, ret);
	} else if (at->table && !at->in_chain && !at->in_other && strncmp(line, "chain ", 6) == 0) {
		begin_chain(line, at, ret);
		at->in_chain = true;
	} else if (at->in_chain && handle) {
		add_rule(line, handle, ret);
	} else if (at->in_chain && strncmp(line, "type ", 5) == 0) {
		read_base(line, ret);
	} else if (at->table && !at->in_chain && *line && line[strlen(line) - 1] == '{') {
		at->in_other = true;
	}
}

void rules_parse(const char *text, struct network *ret)
{
	struct parsing at = { 0 };

	while (*text) {
		size_t length = strcspn(text, "\n");
		cleanup_free char *line = text_copyn(text, length);
		take_line(line, &at, ret);
		text += length + (text[length] == '\n');
	}
}

int rules_any(void)
{
	cleanup_fd int fd = netlink_open_for(NETLINK_NETFILTER);
	cleanup_text struct text tables = { 0 };
	struct nfgenmsg body = { .nfgen_family = AF_UNSPEC, .version = NFNETLINK_V0 };
	struct netlink request;

	netlink_begin(&request, NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETTABLE, 0, &body, sizeof(body));
	if (fd < 0 || netlink_list(fd, &request, &tables) < 0)
		return -1;
	return tables.len > 0;
}
