/* No mountinfo, however odd, makes the parser, the search, or the two comparisons read out of
 * bounds or break their word. The input is two tables with a NUL between. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/path.h"
#include "base/text.h"
#include "snapshot/snapshot.h"
#include "demand.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static size_t lines_of(const char *text)
{
	size_t lines = 0;

	while (*text) {
		size_t length = strcspn(text, "\n");
		lines += length > 0;
		text += length + (text[length] == '\n');
	}
	return lines;
}

static void check_table(const struct mounts *mounts, const char *text, unsigned bad)
{
	cleanup_arena struct arena arena = { 0 };

	demand(mounts->count + bad == lines_of(text));
	for (size_t i = 0; i < mounts->count; i++) {
		const struct mount *mount = &mounts->list[i];
		demand(mount->point[0] == '/' && mount->type && mount->super && mount->root);
		demand(strlen(mount->point) < strlen(mount->line));
		demand(strstr(text, mount->line) != NULL);
		const struct mount *found = mounts_find(mounts, mount->point);
		demand(!found || path_inside(found->point, mount->point));
		const struct mount *at = mounts_at(mounts, mount->point);
		demand(!at || at == found);
		mount_option(mount, "upperdir", &arena);
		mount_option(mount, "", &arena);
	}
}

static void check_difference(struct reading *a, struct reading *b)
{
	struct difference difference;
	size_t before = 0, after = 0;

	difference_find(a, b, &difference);
	for (size_t i = 0; i < difference.mount_count; i++) {
		before += difference.mounts[i].before != NULL;
		after += difference.mounts[i].after != NULL;
	}
	demand(before <= a->mounts->count && after <= b->mounts->count);
	/* What is neither gone nor new is in both tables. */
	size_t gone = difference.mount_count - after, added = difference.mount_count - before;
	demand(a->mounts->count - gone == b->mounts->count - added);
	difference_done(&difference);
	difference_find(a, a, &difference);
	demand(difference.mount_count == 0);
	difference_done(&difference);
}

static void check_meaning(const struct reading *a, const struct reading *b, const char *text)
{
	cleanup_text struct text lines = { 0 };
	struct reading again = *a;

	demand(reading_differs(a, b, a, &lines) == lines_of(text_of(&lines)));
	again.mounts = mounts_parse(text, NULL);
	demand(reading_differs(a, &again, a, &lines) == 0);
	mounts_free(again.mounts);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	char *text = calloc(1, length + 2);
	struct reading a = { 0 }, b = { 0 };
	unsigned bad = 0;

	demand(text != NULL);
	if (length)
		memcpy(text, bytes, length);
	const char *second = text + strlen(text) + 1;
	a.mounts = mounts_parse(text, &bad);
	check_table(a.mounts, text, bad);
	b.mounts = mounts_parse(second, &bad);
	check_table(b.mounts, second, bad);
	check_difference(&a, &b);
	/* Of another namespace: by meaning instead of by number. */
	b.ns[NS_MNT].id = 1;
	check_difference(&a, &b);
	check_meaning(&a, &b, text);
	mounts_free(a.mounts);
	mounts_free(b.mounts);
	free(text);
	return 0;
}
