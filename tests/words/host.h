/* What a line is built to on a host that a test makes up. It includes cmocka before. */
#pragma once

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "image/eyes.h"
#include "snapshot/eyes/eyes.h"
#include "snapshot/facts.h"
#include "snapshot/snapshot.h"
#include "words/language/command.h"
#include "words/language/words.h"

enum { CHILD = 4194305 /* above all pids */ };

/* ret is what the word returned, with the plan or err. */
struct built {
	struct arena arena;
	struct plan plan;
	struct error err;
	struct text calls; /* a line each */
	int ret;
};

static struct built build_on(const struct eyes *eyes, const struct store_eyes *store, const char *line,
			     struct facts facts)
{
	struct built ret = { .ret = -1 };
	struct reading shell = { .pid = 1 }, child = { .pid = CHILD, .cwd = "/" };
	struct statement *list;
	struct words words;
	size_t count;

	for (int link = 0; link < NS_LINKS; link++) {
		shell.ns[link].id = 100 + (uint64_t)link;
		child.ns[link].id = 200 + (uint64_t)link;
	}
	child.ns[NS_USER].id = shell.ns[NS_USER].id;
	const struct context context = {
		.facts = &facts, .host = &shell, .child = &child, .pid = CHILD, .session = "stave-1",
		.scratch = "/run/scratch", .eyes = eyes, .store = store, .rows = 24, .columns = 80,
	};
	assert_int_equal(words_split(line, strlen(line), &ret.arena, &list, &count, &ret.err), 0);
	const struct command *command = command_find(&list[0].words[0], &ret.err);
	assert_non_null(command);
	assert_int_equal(command_accept(command, list[0].words, list[0].count, &ret.arena, &words, &ret.err), 0);
	ret.ret = command->build(&context, &words, &ret.plan, &ret.err);
	for (size_t i = 0; i < ret.plan.count; i++) {
		op_say(&ret.plan.ops[i].op, CHILD, &ret.calls);
		text_add(&ret.calls, "\n");
	}
	return ret;
}

static void done(struct built *built)
{
	plan_done(&built->plan);
	text_done(&built->calls);
	arena_done(&built->arena);
}
