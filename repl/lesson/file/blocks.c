/* The blocks of a lesson, one after the other, into the steps that they belong to. */
#include <string.h>

#include "base/error.h"
#include "base/message.h"
#include "base/text.h"
#include "lesson/file/front.h"
#include "lesson/file/reader.h"

int refuse_fence(struct reader *reader, const struct fence *fence, const char *what,
		  const char *fix)
{
	lesson_fail(reader->lesson, fence->line, fence->column, reader->err, "%s: %s", fence->word,
		    _(what));
	return fix ? fail_fix(reader->err, "%s", _(fix)) : -1;
}

static struct passage passage_of(const struct fence *fence)
{
	return (struct passage){ fence->s, fence->length, fence->line + 1 };
}

static int need_text(struct reader *reader, const struct fence *fence)
{
	return strspn(fence->s, " \n\t") == fence->length ? refuse_fence(reader, fence, "is empty", NULL) : 0;
}

/* The prose gathered so far ends before a line. */
struct passage end_text(struct reader *reader, int line)
{
	const char *s = reader->s, *end;
	struct passage ret = { NULL, 0, reader->text_line };

	if (!reader->text_line)
		return ret;
	for (int number = reader->first; number < reader->text_line; number++)
		s = (const char *)memchr(s, '\n', reader->length - (size_t)(s - reader->s)) + 1;
	end = s;
	for (int number = reader->text_line; number < line && *end; number++) {
		end += strcspn(end, "\n");
		end += *end == '\n';
	}
	while (end > s && (end[-1] == '\n' || end[-1] == ' '))
		end--;
	ret.length = (size_t)(end - s);
	ret.s = arena_copyn(&reader->lesson->arena, s, ret.length);
	reader->text_line = 0;
	return ret;
}

/* Nothing more belongs to the step: see that it has what it must have. */
int close_step(struct reader *reader)
{
	struct lesson_step *step = reader->step;
	struct lesson *lesson = reader->lesson;
	static const char fix[] = "what belongs to a task follows it, without prose between";

	if (!reader->begun)
		return 0;
	if (step->kind == STEP_TASK && (!step->check_count || !reader->solved)) {
		lesson_fail(lesson, step->line, 1, reader->err, "task %s has no %s", step->id,
			    step->check_count ? "solution" : "check");
		return fail_fix(reader->err, "%s", fix);
	}
	for (size_t i = 0; i < step->hint_count; i++)
		if (step->hints[i].state && !step->hints[i].wrong.count) {
			lesson_fail(lesson, step->hints[i].text.line - 1, 1, reader->err,
				    "hint if: no wrong block follows it");
			return fail_fix(reader->err, "a wrong block has the commands that lead to that "
					"state, so that the hint can be proven");
		}
	if (lesson->count + 1 == STEPS_MOST)
		return lesson_fail(lesson, step->line, 1, reader->err, "more than %d steps",
				   STEPS_MOST - 1);
	lesson->count++;
	reader->step = &lesson->steps[lesson->count];
	reader->begun = reader->solved = false;
	return 0;
}

static int begin_step(struct reader *reader, const struct fence *fence)
{
	static const enum step_kind kinds[] = {
		[BLOCK_DEMO] = STEP_DEMO, [BLOCK_TASK] = STEP_TASK, [BLOCK_RIDDLE] = STEP_TASK,
		[BLOCK_REMEMBER] = STEP_REMEMBER,
	};
	struct lesson *lesson = reader->lesson;
	struct lesson_step *step = reader->step;

	if (!is_id(fence->rest, strlen(fence->rest)))
		return refuse_fence(reader, fence, fence->rest[0] ? "not a valid id" : "an id is missing",
			      "an id is lower-case letters, digits and \"-\": demo first-look");
	int other = lesson_step_called(lesson, fence->rest);
	if (other >= 0) {
		lesson_fail(lesson, fence->line, fence->column, reader->err,
			    "%s: the id %s is taken, by line %d", fence->word, fence->rest,
			    lesson->steps[other].line);
		return -1;
	}
	if (fence->block == BLOCK_REMEMBER &&
	    (step->predict.s || step->need_count || step->state_count || step->setup.count))
		return refuse_fence(reader, fence, "predict, needs, state and setup stand before a demo or task",
			      NULL);
	if (fence->block != BLOCK_DEMO && need_text(reader, fence) < 0)
		return -1;
	step->kind = kinds[fence->block];
	step->riddle = fence->block == BLOCK_RIDDLE;
	step->id = fence->rest;
	step->line = fence->line;
	step->heading = reader->heading;
	if (!reader->led)
		step->text = end_text(reader, fence->line);
	reader->led = false;
	reader->begun = true;
	if (fence->block == BLOCK_DEMO)
		return read_commands(reader, fence, &step->lines);
	step->words = passage_of(fence);
	return 0;
}

static int take_hint(struct reader *reader, const struct fence *fence)
{
	struct lesson_step *step = reader->step;
	struct lesson *lesson = reader->lesson;
	const char *rest = fence->rest;

	if (!step->hints)
		step->hints = arena_new(&lesson->arena, HINTS_MOST * sizeof(*step->hints));
	if (step->hint_count == HINTS_MOST)
		return refuse_fence(reader, fence, "more than 20 in one task", NULL);
	struct lesson_hint *hint = &step->hints[step->hint_count++];
	*hint = (struct lesson_hint){ .text = passage_of(fence) };
	if (need_text(reader, fence) < 0)
		return -1;
	if (!rest[0])
		return 0;
	if (strncmp(rest, "if ", 3) != 0)
		return refuse_fence(reader, fence, "only \"if EXPR\" may follow", NULL);
	hint->state_text = arena_copy(&lesson->arena, rest + 3);
	hint->state = check_parse(rest + 3, strlen(rest + 3), 1, &lesson->arena, reader->err);
	return hint->state ? 0 : lesson_fail_in(lesson, fence->line, fence->rest_column + 3,
						reader->err);
}

static int take_wrong(struct reader *reader, const struct fence *fence)
{
	struct lesson_step *step = reader->step;
	struct lesson_hint *hint = step->hint_count ? &step->hints[step->hint_count - 1] : NULL;

	if (!hint || !hint->state || hint->wrong.count)
		return refuse_fence(reader, fence, "it does not follow a hint if", NULL);
	return read_commands(reader, fence, &hint->wrong);
}

/* Number the choices of a question, so that one can be named by its number: "- one" a line. */
static void number_choices(struct reader *reader, const struct fence *fence)
{
	struct arena *arena = &reader->lesson->arena;
	struct lesson_step *step = reader->step;
	cleanup_text struct text text = { 0 };

	step->choices = arena_new(arena, CHOICES_MOST * sizeof(*step->choices));
	for (const char *s = fence->s; *s;) {
		size_t length = strcspn(s, "\n");
		bool choice = strncmp(s, "- ", 2) == 0 && step->choice_count < CHOICES_MOST;
		if (choice) {
			step->choices[step->choice_count++] = arena_copyn(arena, s + 2, length - 2);
			text_addf(&text, "%zu. ", step->choice_count);
		}
		text_addn(&text, s + (choice ? 2 : 0), length - (choice ? 2 : 0));
		text_add(&text, "\n");
		s += length + (s[length] == '\n');
	}
	step->predict.s = arena_copyn(arena, text_of(&text), text.len);
	step->predict.length = text.len;
}

/* predict N: choice N, counted from 1, is the one that comes true. */
static int read_choices(struct reader *reader, const struct fence *fence)
{
	struct lesson_step *step = reader->step;
	uint64_t right = 0;

	number_choices(reader, fence);
	if (!fence->rest[0])
		return 0;
	if (!parse_number(fence->rest, &right) || !right || right > step->choice_count)
		return refuse_fence(reader, fence, "there is no such choice",
				    "predict 2: the second line that begins with \"- \" comes true");
	step->right = (size_t)right;
	return 0;
}

/* Blocks before the demo or task. */
static int take_lead(struct reader *reader, const struct fence *fence)
{
	struct lesson_step *step = reader->step;

	/* Prose behind it would be shown before it. */
	if (reader->text_line || fence->block == BLOCK_PREDICT) {
		if (!reader->led)
			step->text = end_text(reader, fence->line);
		reader->led = true;
	}
	if (fence->block == BLOCK_PREDICT) {
		if (step->predict.s)
			return refuse_fence(reader, fence, "there is one already in this step", NULL);
		step->predict = passage_of(fence);
		return need_text(reader, fence) < 0 ? -1 : read_choices(reader, fence);
	}
	if (fence->block == BLOCK_NEEDS ? step->need_count :
	    fence->block == BLOCK_STATE ? step->state_count : step->setup.count)
		return refuse_fence(reader, fence, "there is one already in this step", NULL);
	if (fence->block == BLOCK_STATE)
		return read_checks(reader, fence, &step->states, &step->state_count);
	if (fence->block == BLOCK_SETUP)
		return read_commands(reader, fence, &step->setup);
	if (need_text(reader, fence) < 0)
		return -1;
	return front_needs(reader->lesson, fence->s, fence->length, fence->line + 1, fence->column,
			   &step->needs, &step->need_count, reader->err);
}

/* Commands that must not reach the goal, or that must: one more way of several. */
static int take_way(struct reader *reader, const struct fence *fence, struct lesson_lines **list,
		    size_t *count)
{
	if (!*list)
		*list = arena_new(&reader->lesson->arena, WAYS_MOST * sizeof(**list));
	if (*count == WAYS_MOST)
		return refuse_fence(reader, fence, "more than 20 in one task", NULL);
	return read_commands(reader, fence, &(*list)[(*count)++]);
}

/* Blocks behind it. */
static int take_follower(struct reader *reader, const struct fence *fence)
{
	struct lesson_step *step = reader->step;
	bool task = reader->begun && step->kind == STEP_TASK;
	bool demo = reader->begun && step->kind == STEP_DEMO;

	if (!task && !(demo && (fence->block == BLOCK_CHECK || fence->block == BLOCK_EXPLAIN)))
		return refuse_fence(reader, fence, demo ? "it belongs behind a task, this is a demo" :
						    "it does not follow a task",
			      "what belongs to a task follows it, without prose between");
	switch (fence->block) {
	case BLOCK_CHECK:
		return step->check_count ? refuse_fence(reader, fence, "there is one already", NULL) :
					   read_checks(reader, fence, &step->checks, &step->check_count);
	case BLOCK_HINT:
		return take_hint(reader, fence);
	case BLOCK_WRONG:
		return take_wrong(reader, fence);
	case BLOCK_CHEAT:
		return take_way(reader, fence, &step->cheats, &step->cheat_count);
	case BLOCK_ALSO:
		return take_way(reader, fence, &step->also, &step->also_count);
	case BLOCK_SOLUTION:
		if (reader->solved)
			return refuse_fence(reader, fence, "there is one already", NULL);
		reader->solved = true;
		return read_commands(reader, fence, &step->lines);
	default:
		if (step->explain.s)
			return refuse_fence(reader, fence, "there is one already", NULL);
		step->explain = passage_of(fence);
		return need_text(reader, fence);
	}
}

int take_fence(struct reader *reader, const struct fence *fence)
{
	switch (fence->block) {
	case BLOCK_PLAIN:
		return 0;
	case BLOCK_DEMO:
	case BLOCK_TASK:
	case BLOCK_RIDDLE:
	case BLOCK_REMEMBER:
		return close_step(reader) < 0 ? -1 : begin_step(reader, fence);
	case BLOCK_PREDICT:
	case BLOCK_NEEDS:
	case BLOCK_STATE:
	case BLOCK_SETUP:
		return close_step(reader) < 0 ? -1 : take_lead(reader, fence);
	case BLOCK_CHECK:
	case BLOCK_HINT:
	case BLOCK_WRONG:
	case BLOCK_SOLUTION:
	case BLOCK_EXPLAIN:
	case BLOCK_CHEAT:
	case BLOCK_ALSO:
		break;
	}
	return take_follower(reader, fence);
}
