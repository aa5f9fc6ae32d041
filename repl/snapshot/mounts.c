/* The mount table as text. */
#include <errno.h>
#include <search.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/list.h"
#include "base/path.h"
#include "base/text.h"
#include "snapshot/snapshot.h"

/* The next word of *line, which one blank ends: there are empty words, a mount with the source
 * "" has one. NULL at the end of the line. */
static char *next_word(char **line)
{
	char *word = *line;

	if (!word)
		return NULL;
	char *blank = strchr(word, ' ');
	if (blank)
		*blank++ = '\0';
	*line = blank;
	return word;
}

static bool is_octal(const char *s)
{
	return s[0] >= '0' && s[0] <= '3' && s[1] >= '0' && s[1] <= '7' && s[2] >= '0' &&
	       s[2] <= '7';
}

/* Undo the kernel's \040 and the like, in place: three octal digits after a backslash. */
static char *unescape(char *word)
{
	char *to = word;

	for (const char *p = word; *p; to++) {
		if (*p == '\\' && is_octal(p + 1)) {
			int byte = (p[1] - '0') << 6 | (p[2] - '0') << 3 | (p[3] - '0');
			*to = (char)byte;
			p += 4;
		} else {
			*to = *p++;
		}
	}
	*to = '\0';
	return word;
}

/* A whole decimal number that fits an int: what mount ids and device numbers are. */
static bool parse_id(const char *word, uint64_t *ret)
{
	return parse_number(word, ret) && *ret <= INT32_MAX && (word[0] != '0' || !word[1]);
}

static bool parse_ids(char *id, char *parent, char *device, struct mount *ret)
{
	char *colon = device ? strchr(device, ':') : NULL;
	uint64_t numbers[4];

	if (!colon)
		return false;
	*colon = '\0';
	const char *words[] = { id, parent, device, colon + 1 };
	for (size_t i = 0; i < 4; i++)
		if (!parse_id(words[i], &numbers[i]))
			return false;
	ret->id = (int)numbers[0];
	ret->parent = (int)numbers[1];
	ret->major = (unsigned)numbers[2];
	ret->minor = (unsigned)numbers[3];
	return true;
}

/* The optional fields up to the lone "-". Peer group numbers are dropped: they name nothing outside
 * this reading. */
static bool parse_optional(char **line, struct mount *ret)
{
	bool shared = false, slave = false, unbindable = false;
	char *word;

	while ((word = next_word(line)) && strcmp(word, "-") != 0) {
		shared = shared || strncmp(word, "shared:", 7) == 0;
		slave = slave || strncmp(word, "master:", 7) == 0;
		unbindable = unbindable || strcmp(word, "unbindable") == 0;
	}
	ret->propagation = shared && slave ? "shared,slave" : shared ? "shared" :
			   slave ? "slave" : unbindable ? "unbindable" : "private";
	return word != NULL;
}

/* Parse a line, which is taken to pieces. */
static bool parse_line(char *line, struct mount *ret)
{
	char *id = next_word(&line), *parent = next_word(&line), *device = next_word(&line);
	char *root = next_word(&line), *point = next_word(&line), *options = next_word(&line);

	if (!options || !parse_ids(id, parent, device, ret) || !parse_optional(&line, ret))
		return false;
	char *type = next_word(&line), *source = next_word(&line), *super = line;
	if (!super || !type[0] || point[0] != '/')
		return false;
	ret->root = unescape(root);
	ret->point = unescape(point);
	ret->options = unescape(options);
	ret->type = unescape(type);
	ret->source = unescape(source);
	ret->super = unescape(super);
	return true;
}

static size_t count_lines(const char *text)
{
	size_t lines = 1;

	for (const char *p = text; (p = strchr(p, '\n')); p++)
		lines++;
	return lines;
}

/* What tables lie in that have grown out of each other. */
struct mount_rows {
	struct mount *list;
	size_t count, room;
	unsigned users;
	struct arena arena; /* the texts */
	/* Trees of tsearch(3): of the first known mounts, where each lies and the last of each file system. */
	void *places, *devices;
	size_t known;
};

static struct mount_rows *rows_new(size_t room)
{
	struct mount_rows *rows = calloc(1, sizeof(*rows));

	if (!rows)
		out_of_memory();
	rows->list = list_fit(NULL, room ? room : 1, sizeof(*rows->list));
	rows->room = room;
	return rows;
}

/* The table of the first count rows. */
static struct mounts *table_of(struct mount_rows *rows, size_t count)
{
	struct mounts *mounts = calloc(1, sizeof(*mounts));

	if (!mounts)
		out_of_memory();
	rows->users++;
	*mounts = (struct mounts){ .rows = rows, .list = rows->list, .count = count, .users = 1 };
	return mounts;
}

/* Add the mounts of text, for which there is room. */
static void rows_add(struct mount_rows *rows, const char *text, unsigned *bad)
{
	char *lines = arena_copy(&rows->arena, text);
	char *pieces = arena_copy(&rows->arena, text);

	while (*lines) {
		size_t length = strcspn(lines, "\n");
		char *next = lines + length + (lines[length] == '\n');
		struct mount mount = { .line = lines };
		lines[length] = pieces[length] = '\0';
		if (parse_line(pieces, &mount))
			rows->list[rows->count++] = mount;
		else
			*bad += length > 0;
		pieces += next - lines;
		lines = next;
	}
}

struct mounts *mounts_parse(const char *text, unsigned *bad)
{
	struct mount_rows *rows = rows_new(count_lines(text));
	unsigned broken = 0;

	rows_add(rows, text, &broken);
	if (bad)
		*bad = broken;
	return table_of(rows, rows->count);
}

static int by_place(const void *one, const void *other)
{
	const struct mount *a = one, *b = other;

	return a->parent != b->parent ? (a->parent > b->parent ? 1 : -1) : strcmp(a->point, b->point);
}

static int by_device(const void *one, const void *other)
{
	const struct mount *a = one, *b = other;

	return a->major != b->major ? (a->major > b->major ? 1 : -1) : (a->minor > b->minor) - (a->minor < b->minor);
}

static const struct mount **enter(const struct mount *mount, void **tree, int (*order)(const void *, const void *))
{
	const struct mount **node = tsearch(mount, tree, order);

	if (!node)
		out_of_memory();
	return node;
}

/* Enter the mounts that are not known yet: a table that grows by one mount is not looked through for it. */
static void know(struct mount_rows *rows)
{
	for (; rows->known < rows->count; rows->known++) {
		const struct mount *mount = &rows->list[rows->known];
		enter(mount, &rows->places, by_place);
		*enter(mount, &rows->devices, by_device) = mount;
	}
}

/* Whether mount, made after all that are known, shows that one of these is another than it was: a mount that has
 * come below it (MOVE_MOUNT_BENEATH, or by propagation), or file system options that it has set for all. */
static bool disturbs(const struct mount_rows *rows, const struct mount *mount)
{
	const struct mount **last = tfind(mount, &rows->devices, by_device);

	return tfind(mount, &rows->places, by_place) || (last && strcmp((*last)->super, mount->super) != 0);
}

struct mounts *mounts_grow(const struct mounts *mounts, const char *text)
{
	size_t more = count_lines(text);
	struct mount_rows *rows = mounts->rows;
	unsigned broken = 0;

	/* Where another table has grown out of this one before, its mounts are in the way. */
	if (rows->count != mounts->count || rows->room - rows->count < more) {
		rows = rows_new((mounts->count + more) * 2);
		memcpy(rows->list, mounts->list, mounts->count * sizeof(*rows->list));
		rows->count = mounts->count;
		arena_share(&mounts->rows->arena, &rows->arena);
	}
	know(rows);
	rows_add(rows, text, &broken);
	struct mounts *grown = table_of(rows, rows->count);
	for (size_t i = mounts->count; i < grown->count; i++)
		broken += disturbs(rows, &grown->list[i]);
	if (!broken)
		return grown;
	mounts_free(grown);
	return NULL;
}

bool mounts_are(const struct mounts *mounts, const char *text)
{
	for (size_t i = 0; i < mounts->count; i++) {
		size_t length = strlen(mounts->list[i].line);
		if (strncmp(text, mounts->list[i].line, length) != 0 || text[length] != '\n')
			return false;
		text += length + 1;
	}
	return *text == '\0';
}

bool mounts_grew(const struct mounts *mounts, const struct mounts *later)
{
	return mounts->rows == later->rows && mounts->count <= later->count;
}

/* For tdestroy(3): a tree does not own its mounts. */
static void kept(void *mount)
{
	(void)mount;
}

void mounts_free(struct mounts *mounts)
{
	if (!mounts || --mounts->users > 0)
		return;
	if (--mounts->rows->users == 0) {
		arena_done(&mounts->rows->arena);
		tdestroy(mounts->rows->places, kept);
		tdestroy(mounts->rows->devices, kept);
		free(mounts->rows->list);
		free(mounts->rows);
	}
	free(mounts);
}

char *mount_option(const struct mount *mount, const char *name, struct arena *arena)
{
	return mount_option_nth(mount, name, 0, arena);
}

char *mount_option_nth(const struct mount *mount, const char *name, size_t nth, struct arena *arena)
{
	const char *super = strstr(mount->line, " - ");
	size_t length = strlen(name);

	/* From the line as it was: there a comma in a path is still \054. */
	for (int words = 0; super && words < 3; words++) {
		super = strchr(super, ' ');
		super = super ? super + 1 : NULL;
	}
	super = super ? strchr(super, ' ') : NULL;
	while (super && *super) {
		super++;
		size_t end = strcspn(super, ",");
		if (end >= length && strncmp(super, name, length) == 0 &&
		    (end == length || super[length] == '=') && nth-- == 0) {
			size_t skip = end == length ? length : length + 1;
			return unescape(arena_copyn(arena, super + skip, end - skip));
		}
		super += end;
	}
	return NULL;
}

void mounts_show(const char *line, struct text *ret)
{
	while (*line) {
		size_t length = strcspn(line, "\\");
		text_add_visible(ret, line, length);
		line += length;
		if (*line) {
			text_add(ret, "\\");
			line++;
		}
	}
}
