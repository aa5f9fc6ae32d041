#include "shell/lines/candidates.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/list.h"
#include "base/text.h"

enum { MOST = 5000 };

void candidates_add(struct candidates *candidates, const char *word, const char *note, bool more)
{
	if (candidates->count >= MOST)
		return;
	LIST_ROOM(candidates->list, candidates->count, candidates->room);
	candidates->list[candidates->count++] = (struct candidate){
		arena_copy(&candidates->arena, word), note ? arena_copy(&candidates->arena, note) : NULL, more
	};
}

static int by_word(const void *a, const void *b)
{
	const char *one = ((const struct candidate *)a)->word;
	const char *other = ((const struct candidate *)b)->word;
	uint64_t number, larger;

	if (parse_number(one, &number) && parse_number(other, &larger) && number != larger)
		return number < larger ? -1 : 1;
	return strcmp(one, other);
}

void candidates_sort(struct candidates *candidates)
{
	size_t kept = 0;

	if (candidates->count)
		qsort(candidates->list, candidates->count, sizeof(*candidates->list), by_word);
	for (size_t i = 0; i < candidates->count; i++)
		if (!kept || strcmp(candidates->list[kept - 1].word, candidates->list[i].word) != 0)
			candidates->list[kept++] = candidates->list[i];
	candidates->count = kept;
}

void candidates_done(struct candidates *candidates)
{
	free(candidates->list);
	arena_done(&candidates->arena);
	*candidates = (struct candidates){ 0 };
}
