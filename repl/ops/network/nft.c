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
	{ "places", FIELD_NUMBER, offsetof(struct op, nft.places), .hidden = true },
	{ 0 }
};

static const struct hint hints[] = {
	{ ENOENT, "nft(8) is not installed: it is the program that makes rules of nftables", "!apt install nftables (the package has this name in dnf, apk and pacman too)" },
	{ EPERM, "rules need CAP_NET_ADMIN in the user namespace that owns the network namespace", "unshare net, after unshare user" },
	{ EEXIST, "a rule for the same is there already", "net shows the rules; its line with off takes it back" },
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

/* A walk over the text of "nft -a list table", line by line. */
struct walk {
	const char *next;
	char *line;
	char chain[64];
	size_t place; /* of a rule in its chain, from 1 on; 0: the line is none */
	bool accepts; /* the chain's policy, as far as it has been told */
};

static void walk_done(struct walk *walk)
{
	free(walk->line);
}

static bool walk_on(struct walk *walk)
{
	size_t length = strcspn(walk->next, "\n");
	char name[64];

	if (!*walk->next)
		return false;
	free(walk->line);
	walk->line = text_copyn(walk->next, length);
	walk->next += length + (walk->next[length] == '\n');
	if (sscanf(walk->line, "\tchain %63s {", name) == 1) {
		memcpy(walk->chain, name, sizeof(name));
		walk->place = 0;
		walk->accepts = false;
	} else if (walk->chain[0] && strstr(walk->line, "; policy accept;")) {
		walk->accepts = true;
	} else if (walk->chain[0] && strstr(walk->line, " # handle ")) {
		walk->place++;
		return true;
	}
	return true;
}

/* The handle of the rule, where it has this comment; NULL where it has another. */
static const char *handle_of(const struct walk *walk, const char *comment)
{
	cleanup_text struct text mark = { 0 };

	text_addf(&mark, " comment \"%s\" # handle ", comment);
	const char *at = walk->place ? strstr(walk->line, text_of(&mark)) : NULL;
	return at ? at + mark.len : NULL;
}

/* Append to deletion what deletes the rules of this comment in the text of "nft -a list table", and chains that are
 * empty then; *others says how many rules there are besides. Returns how many there are. */
static size_t find(const char *table, const char *comment, struct text *deletion, size_t *others)
{
	__attribute__((cleanup(walk_done))) struct walk walk = { .next = table };
	size_t found = 0, of_chain = 0;

	*others = 0;
	while (walk_on(&walk)) {
		const char *handle = handle_of(&walk, comment);
		if (handle)
			text_addf(deletion, "delete rule inet stave %s handle %s\n", walk.chain, handle);
		found += handle != NULL;
		of_chain += handle != NULL;
		*others += walk.place && strstr(walk.line, " # handle ") && !handle;
		if (strcmp(walk.line, "\t}") == 0) {
			if (of_chain && of_chain == walk.place && walk.accepts)
				text_addf(deletion, "delete chain inet stave %s\n", walk.chain);
			walk.chain[0] = '\0';
			walk.place = of_chain = 0;
		}
	}
	return found;
}

static const char add_rule[] = "add rule inet stave ";

/* The places of the rules of the input, where each is the only one of this comment in its chain; else -1. */
static int64_t places_of(const char *table, const char *comment, const char *input)
{
	int64_t places = 0;
	int shift = 0;

	for (const char *rule = input; rule && (rule = strstr(rule, add_rule)); shift += NFT_PLACE_BITS) {
		__attribute__((cleanup(walk_done))) struct walk walk = { .next = table };
		size_t place = 0, length = strcspn(rule += strlen(add_rule), " ");
		while (walk_on(&walk))
			if (strlen(walk.chain) == length && strncmp(walk.chain, rule, length) == 0 && handle_of(&walk, comment))
				place = place ? SIZE_MAX : walk.place;
		if (!place || place >= 1u << NFT_PLACE_BITS || shift == NFT_PLACES * NFT_PLACE_BITS)
			return -1;
		places |= (int64_t)place << shift;
	}
	return input ? places : -1;
}

/* The input, with each rule at its place. */
static void put_in_place(const char *input, uint64_t places, struct text *ret)
{
	for (const char *rule; places && (rule = strstr(input, add_rule)); places >>= NFT_PLACE_BITS) {
		size_t place = places & ((1u << NFT_PLACE_BITS) - 1), chain = strcspn(rule + strlen(add_rule), " ");
		text_addn(ret, input, (size_t)(rule - input));
		text_add(ret, place == 1 ? "insert rule inet stave " : add_rule);
		text_addn(ret, rule + strlen(add_rule), chain);
		if (place > 1)
			text_addf(ret, " index %zu", place - 2);
		input = rule + strlen(add_rule) + chain;
	}
	text_add(ret, input);
}

/* Whether a rule of the table stands in the way of the one that is to be added: the outcome has the line that made it. */
static bool is_in_the_way(const struct op *op, const char *table, size_t found, struct op_outcome *outcome)
{
	static const char mark[] = " comment \"";
	const char *rule = found || !op->nft.taken ? NULL : strstr(table, op->nft.taken);
	const char *comment = rule ? strstr(rule, mark) : NULL;

	if (comment)
		outcome_say(outcome, NFT_THERE "%.*s", (int)strcspn(comment + strlen(mark), "\""), comment + strlen(mark));
	else if (found)
		outcome_say(outcome, NFT_THERE "%s", op->nft.comment);
	return found || rule;
}

static int run(const struct op *op, const struct op_stage *stage, struct op_outcome *outcome)
{
	static const char *const list[] = { "nft", "-a", "list", "table", "inet", "stave", NULL };
	static const char *const take[] = { "nft", "-f", "-", NULL };
	cleanup_text struct text table = { 0 }, said = { 0 }, deletion = { 0 }, addition = { 0 };
	cleanup_inside struct inside inside = { -1, -1 };
	char place[256];
	size_t others = 0;

	const char *nft = inside_program("nft", place, sizeof(place));
	if (!nft || within_open(stage, &inside) < 0)
		return -1;
	/* Without the table it is not content, and there is no rule. */
	int listed = ask(&inside, nft, list, NULL, &table);
	if (listed < 0)
		return -1;
	size_t found = listed ? find(text_of(&table), op->nft.comment, &deletion, &others) : 0;
	if (op->nft.add ? is_in_the_way(op, text_of(&table), found, outcome) : !found) {
		errno = op->nft.add ? EEXIST : ESRCH;
		return -1;
	}
	outcome->before = op->nft.add ? 0 : places_of(text_of(&table), op->nft.comment, op->nft.input);
	if (op->nft.add)
		put_in_place(op->nft.input, op->nft.places, &addition);
	int taken = ask(&inside, nft, take, op->nft.add ? text_of(&addition) : others ? text_of(&deletion) :
			"delete table inet stave\n", &said);
	return taken < 0 ? -1 : taken ? 0 : refused(&said, outcome);
}

/* What a basic regular expression of sed(1), between slashes, takes for itself. */
static void add_pattern(const char *s, struct text *ret)
{
	for (; *s; s++)
		text_addf(ret, "%s%c", strchr("\\/.[]*^$", *s) ? "\\" : "", *s);
}

/* By a function: a rule is deleted by its number, which is not known before, in each chain that has one. */
static void shell(const struct op *op, struct text *text)
{
	if (op->nft.add) {
		text_add(text, "nft ");
		text_add_sh(text, op->nft.input);
		return;
	}
	const char *between = "";
	for (const char *rule = op->nft.input; rule && (rule = strstr(rule, add_rule)); between = " && ") {
		cleanup_text struct text script = { 0 };
		int length = (int)strcspn(rule += strlen(add_rule), " ");
		text_add(&script, "s/.* comment \"");
		add_pattern(op->nft.comment, &script);
		text_addf(&script, "\" # handle /delete rule inet stave %.*s handle /p", length, rule);
		text_addf(text, "%snft -a list chain inet stave %.*s | sed -n ", between, length, rule);
		text_add_sh(text, text_of(&script));
		text_add(text, " | nft -f -");
	}
}

const struct op_info op_nft = {
	.name = "nft", .man = "nft(8)", .does = "{add?add}{add!take away} the rule \"{comment}\"",
	.call = "execve(\"nft\", {\"nft\", \"-f\", \"-\"}, {})",
	.shell_by = shell,
	.back = BACK_BY_SAME, .side = ON_HOST, .needs = CAP_NET_ADMIN, .fields = fields, .hints = hints, .run = run,
};
