/* Add rules of nftables, or take them away: nft -f -, nft(8), a program of the host's that is run in the
 * child's network namespace. It makes all of its input or nothing. Stave's rules are in a table of their
 * own, "inet stave", and each has the line that makes it for its comment: by that it is found again. */
#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
#include "base/list.h"
#include "base/text.h"
#include "ops/network/within.h"
#include "ops/op.h"

enum { PATIENCE = 30000 /* ms */ };

static const struct field fields[] = {
	{ "add", FIELD_BOOL, offsetof(struct op, nft.add) },
	{ "comment", FIELD_STRING, offsetof(struct op, nft.comment) },
	{ "taken", FIELD_STRING, offsetof(struct op, nft.taken) },
	{ "input", FIELD_STRING, offsetof(struct op, nft.input) },
	{ 0 }
};

static const struct hint hints[] = {
	{ ENOENT, "nft(8) is not installed: it is the program that makes rules of nftables", "!apt install nftables (the package has this name in dnf, apk and pacman too)" },
	{ EPERM, "rules need CAP_NET_ADMIN in the user namespace that owns the network namespace", "unshare net, after unshare user" },
	{ EEXIST, "such a rule, or another one for the same port, is there already", "net shows the rules; the same line with off takes one back" },
	{ ESRCH, "there is no such rule", "net shows the rules" },
	{ EOPNOTSUPP, "this kernel lacks what the rule is made of: CONFIG_NF_TABLES, CONFIG_NF_TABLES_INET, CONFIG_NFT_NAT, CONFIG_NFT_MASQ, CONFIG_NFT_REDIR, CONFIG_NFT_CT, CONFIG_NFT_FIB_INET bring it", "!modprobe nf_tables" },
	{ EINVAL, "nft(8) does not take the rule", NULL },
	{ ETIMEDOUT, "nft(8) did not end in time, and was ended", NULL },
	{ 0 }
};

/* One run of nft: what it said, and whether it was content. -1 with errno where it could not be run. */
static int ask(const struct inside *inside, const char *nft, const char *const *argv, const char *input,
	       struct text *said)
{
	int status = 0;

	if (inside_run(inside, nft, argv, input, PATIENCE, said, &status) < 0)
		return -1;
	return status == 0;
}

/* "/dev/stdin:4:1-5: Error: Could not process rule: Operation not permitted": its words behind "Error: ",
 * and the errno that they end with. */
static int refused(const struct text *said, struct op_outcome *outcome)
{
	/* As nft prints what strerror(3) says; what is not there, or is another protocol, the kernel does not have. */
	static const struct { const char *words; int code; } refusals[] = {
		{ "Operation not permitted", EPERM }, { "File exists", EEXIST },
		{ "No such file or directory", EOPNOTSUPP }, { "Operation not supported", EOPNOTSUPP },
		{ "Protocol not supported", EOPNOTSUPP },
	};
	const char *words = strstr(text_of(said), "Error: ");
	char line[160];

	words = words ? words + strlen("Error: ") : text_of(said);
	snprintf(line, sizeof(line), "%.*s", (int)strcspn(words, "\n"), words);
	outcome_say(outcome, "nft says: %s", vis(line));
	errno = EINVAL;
	for (size_t i = 0; i < COUNT(refusals); i++)
		if (strstr(line, refusals[i].words))
			errno = refusals[i].code;
	return -1;
}

/* Append to deletion what deletes the rules of this comment in the text of "nft -a list table"; *others says
 * how many it has besides. Returns how many there are. */
static size_t find(const char *table, const char *comment, struct text *deletion, size_t *others)
{
	cleanup_text struct text mark = { 0 };
	char chain[64] = "";
	size_t found = 0;

	*others = 0;
	text_addf(&mark, " comment \"%s\" # handle ", comment);
	for (const char *line = table; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		cleanup_free char *one = text_copyn(line, strcspn(line, "\n"));
		if (strncmp(one, "table ", 6) == 0 || sscanf(one, "\tchain %63s {", chain) == 1)
			continue;
		const char *at = strstr(one, text_of(&mark));
		if (at && deletion)
			text_addf(deletion, "delete rule inet stave %s handle %s\n", chain, at + mark.len);
		found += at != NULL;
		*others += !at && strstr(one, " # handle ");
	}
	return found;
}

static int run(const struct op *op, const struct op_stage *stage, struct op_outcome *outcome)
{
	static const char *const list[] = { "nft", "-a", "list", "table", "inet", "stave", NULL };
	static const char *const take[] = { "nft", "-f", "-", NULL };
	cleanup_text struct text table = { 0 }, said = { 0 }, deletion = { 0 };
	cleanup_inside struct inside inside = { -1, -1 };
	const char *input = op->nft.input;
	char place[256];
	size_t others;

	const char *nft = inside_program("nft", place, sizeof(place));
	if (!nft || within_open(stage, &inside) < 0)
		return -1;
	/* Without the table it is not content, and there is no rule. */
	int listed = ask(&inside, nft, list, NULL, &table);
	if (listed < 0)
		return -1;
	size_t found = listed ? find(text_of(&table), op->nft.comment, &deletion, &others) : 0;
	bool taken_already = op->nft.add && op->nft.taken && strstr(text_of(&table), op->nft.taken);
	if ((found > 0) == op->nft.add || taken_already) {
		errno = op->nft.add ? EEXIST : ESRCH;
		return -1;
	}
	if (!op->nft.add)
		input = others ? text_of(&deletion) : "delete table inet stave\n";
	int taken = ask(&inside, nft, take, input, &said);
	return taken < 0 ? -1 : taken ? 0 : refused(&said, outcome);
}

const struct op_info op_nft = {
	.name = "nft", .man = "nft(8)", .does = "{add?add}{add!take away} the rule \"{comment}\"",
	.call = "execve(\"nft\", {\"nft\", \"-f\", \"-\"}, {})",
	.shell = "{add?nft {input|sh}}",
	.side = ON_HOST, .needs = CAP_NET_ADMIN, .fields = fields, .hints = hints, .run = run,
};
