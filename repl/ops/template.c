#include "ops/template.h"

#include <ctype.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "base/fd.h"
#include "base/text.h"
#include "ops/field.h"

/* A part of a template. */
struct span {
	const char *at, *end;
};

/* One {slot}: the name of a field, perhaps of one of its flags, and what follows: '}' for nothing,
 * '|' for a format, '?' or '!' for text that depends on it. */
struct slot {
	struct span name, flag, rest;
	char sort;
	const char *after; /* behind the brace that closes */
};

static bool is_word(const struct span *span, const char *word)
{
	size_t length = (size_t)(span->end - span->at);

	return strlen(word) == length && strncmp(word, span->at, length) == 0;
}

static struct span word_at(const char *at, const char *end)
{
	const char *p = at;

	while (p < end && (isalnum((unsigned char)*p) || *p == '_'))
		p++;
	return (struct span){ at, p };
}

/* The brace that closes the one at *p; end if there is none. */
static const char *closing(const char *p, const char *end)
{
	for (int depth = 0; p < end; p++) {
		depth += (*p == '{') - (*p == '}');
		if (depth == 0)
			return p;
	}
	return end;
}

/* Whether a slot begins at the brace at p. */
static bool read_slot(const char *p, const char *end, struct slot *ret)
{
	const char *close = closing(p, end);
	struct slot slot = { .name = word_at(p + 1, close), .after = close + 1 };
	const char *next = slot.name.end;

	if (close == end || next == slot.name.at)
		return false;
	if (*next == '&') {
		slot.flag = word_at(next + 1, close);
		next = slot.flag.end;
	}
	if (!strchr(slot.flag.at ? "?!" : "}|?!", *next))
		return false;
	slot.sort = *next;
	slot.rest = (struct span){ next < close ? next + 1 : close, close };
	*ret = slot;
	return true;
}

static const struct field *find_field(const struct op_info *info, const struct slot *slot)
{
	const struct field *field = info->fields;

	while (field->name && !is_word(&slot->name, field->name))
		field++;
	return field->name ? field : NULL;
}

static uint64_t find_flag(const struct field *field, const struct slot *slot)
{
	const struct flag *flag = field->flags;

	while (flag && flag->name && !is_word(&slot->flag, flag->name))
		flag++;
	return flag && flag->name ? flag->value : 0;
}

static const char *string_of(const struct op *op, const struct field *field)
{
	const void *at = (const char *)op + field->at;

	return field->kind == FIELD_FD ? ((const struct op_fd *)at)->path : *(const char *const *)at;
}

static void say_strings(const struct op *op, const struct field *field, struct text *text,
			const char *between, void (*say)(struct text *text, const char *s))
{
	const char *const *list = *(const char *const *const *)((const char *)op + field->at);

	if (field->kind != FIELD_LIST) {
		say(text, string_of(op, field));
		return;
	}
	for (const char *now = ""; list && *list; list++, now = between) {
		text_add(text, now);
		say(text, *list);
	}
}

static void say_c(const struct op *op, const struct field *field, struct text *text)
{
	say_strings(op, field, text, ", ", text_add_c);
}

static void say_sh(const struct op *op, const struct field *field, struct text *text)
{
	say_strings(op, field, text, " ", text_add_sh);
}

static void say_first(const struct op *op, const struct field *field, struct text *text)
{
	const char *const *list = *(const char *const *const *)((const char *)op + field->at);

	text_add_c(text, list ? list[0] : NULL);
}

/* A name without a slash is searched for in PATH: exec(3) tries execve(2) with each folder. */
static void say_execve(const struct op *op, const struct field *field, struct text *text)
{
	const char *const *list = *(const char *const *const *)((const char *)op + field->at);

	text_add(text, list && list[0] && !strchr(list[0], '/') ? "execvpe" : "execve");
}

static void say_length(const struct op *op, const struct field *field, struct text *text)
{
	const char *s = string_of(op, field);

	text_addf(text, "%zu", s ? strlen(s) : 0);
}

/* Bytes as text if they are text, else as hexadecimal digits, as setfattr(1) takes them. */
static void say_bytes(const struct op *op, const struct field *field, struct text *text,
		      void (*say)(struct text *text, const char *s))
{
	const struct op_bytes *value = (const void *)((const char *)op + field->at);
	const unsigned char *bytes = value->bytes;
	bool plain = true;

	for (uint64_t i = 0; i < value->length; i++)
		plain = plain && isprint(bytes[i]);
	if (plain) {
		cleanup_free char *copy = text_copyn(value->length ? value->bytes : "", value->length);
		say(text, copy);
		return;
	}
	text_add(text, "0x");
	for (uint64_t i = 0; i < value->length; i++)
		text_addf(text, "%02x", bytes[i]);
}

static void say_bytes_c(const struct op *op, const struct field *field, struct text *text)
{
	say_bytes(op, field, text, text_add_c);
}

static void say_bytes_sh(const struct op *op, const struct field *field, struct text *text)
{
	say_bytes(op, field, text, text_add_sh);
}

static void say_bytes_length(const struct op *op, const struct field *field, struct text *text)
{
	const struct op_bytes *value = (const void *)((const char *)op + field->at);

	text_addf(text, "%llu", (unsigned long long)value->length);
}

static void say_hex(const struct op *op, const struct field *field, struct text *text)
{
	const uint64_t *number = (const void *)((const char *)op + field->at);

	text_addf(text, "%#llx", (unsigned long long)*number);
}

/* "RLIMIT_NOFILE" is --nofile of prlimit(1). */
static void say_option(const struct op *op, const struct field *field, struct text *text)
{
	cleanup_text struct text name = { 0 };

	say_field(op, field, 0, &name);
	const char *behind = strchr(text_of(&name), '_');
	for (const char *p = behind ? behind + 1 : text_of(&name); *p; p++)
		text_addf(text, "%c", tolower((unsigned char)*p));
}

static void say_device(const struct op *op, const struct field *field, struct text *text)
{
	const uint64_t *device = (const void *)((const char *)op + field->at);

	text_addf(text, "%u %u", major(*device), minor(*device));
}

static void say_below_root(const char *path, struct text *text)
{
	text_add(text, "openat2(root, ");
	text_add_c(text, path);
	text_add(text, ", RESOLVE_IN_ROOT)");
}

static void say_root(const struct op *op, const struct field *field, struct text *text)
{
	say_below_root(string_of(op, field), text);
}

static void say_parent(const struct op *op, const struct field *field, struct text *text)
{
	const char *path = string_of(op, field), *slash = strrchr(path, '/');
	cleanup_free char *folder = text_copyn(path, slash ? (size_t)(slash - path) : 0);

	say_below_root(folder[0] ? folder : "/", text);
	text_add(text, ", ");
	text_add_c(text, slash ? slash + 1 : path);
}

enum {
	STRINGS = 1 << FIELD_STRING,
	WORDS = STRINGS | 1 << FIELD_FD | 1 << FIELD_LIST,
	BYTES = 1 << FIELD_BYTES,
	NUMBERS = 1 << FIELD_NUMBER | 1 << FIELD_FLAGS,
};

static const struct way {
	const char *name;
	unsigned of; /* a bit for each kind of field that can be said so */
	void (*say)(const struct op *op, const struct field *field, struct text *text);
} ways[] = {
	{ "c", WORDS, say_c },
	{ "sh", WORDS, say_sh },
	{ "first", 1 << FIELD_LIST, say_first }, { "execve", 1 << FIELD_LIST, say_execve },
	{ "length", STRINGS, say_length },
	{ "c", BYTES, say_bytes_c },
	{ "sh", BYTES, say_bytes_sh },
	{ "length", BYTES, say_bytes_length },
	{ "hex", NUMBERS, say_hex },
	{ "option", 1 << FIELD_CHOICE, say_option },
	{ "numbers", 1 << FIELD_DEVICE, say_device },
	{ "root", STRINGS, say_root },
	{ "parent", STRINGS, say_parent },
	{ 0 }
};

static const struct way *find_way(const struct slot *slot, const struct field *field)
{
	const struct way *way = ways;

	while (way->name && !(is_word(&slot->rest, way->name) && way->of >> field->kind & 1))
		way++;
	return way->name ? way : NULL;
}

static bool is_set(const struct op *op, const struct field *field)
{
	const void *at = (const char *)op + field->at;

	switch (field->kind) {
	case FIELD_STRING:
	case FIELD_LIST:
		return *(const void *const *)at != NULL;
	case FIELD_FD:
		return ((const struct op_fd *)at)->path != NULL;
	case FIELD_BYTES:
		return ((const struct op_bytes *)at)->length != 0;
	case FIELD_BOOL:
		return *(const bool *)at;
	case FIELD_ID:
		return *(const uint64_t *)at != OP_NO_ID;
	case FIELD_NUMBER:
	case FIELD_CHOICE:
	case FIELD_MODE:
	case FIELD_DEVICE:
	case FIELD_FLAGS:
		break;
	}
	return *(const uint64_t *)at != 0;
}

static bool holds(const struct op *op, const struct field *field, const struct slot *slot)
{
	if (!slot->flag.at)
		return is_set(op, field);
	return *(const uint64_t *)(const void *)((const char *)op + field->at) & find_flag(field, slot);
}

static void fill(struct span template, const struct op *op, pid_t pid, struct text *text);

static void fill_slot(const struct slot *slot, const struct field *field, const struct op *op,
		      pid_t pid, struct text *text)
{
	const struct way *way = slot->sort == '|' ? find_way(slot, field) : NULL;

	if (way)
		way->say(op, field, text);
	else if (slot->sort == '?' || slot->sort == '!') {
		if (holds(op, field, slot) == (slot->sort == '?'))
			fill(slot->rest, op, pid, text);
	} else if (field->kind == FIELD_STRING && is_set(op, field))
		text_add_visible(text, string_of(op, field), strlen(string_of(op, field)));
	else
		say_field(op, field, pid, text);
}

static void fill(struct span template, const struct op *op, pid_t pid, struct text *text)
{
	for (const char *p = template.at; p < template.end;) {
		struct slot slot;
		const struct field *field = *p == '{' && read_slot(p, template.end, &slot) ?
			find_field(op_info(op->kind), &slot) : NULL;
		if (field)
			fill_slot(&slot, field, op, pid, text);
		else
			text_addn(text, p, 1);
		p = field ? slot.after : p + 1;
	}
}

void template_fill(const char *template, const struct op *op, pid_t pid, struct text *text)
{
	fill((struct span){ template, template + strlen(template) }, op, pid, text);
}

static bool fits(struct span template, const struct op_info *info)
{
	for (const char *p = template.at; p < template.end; p++) {
		struct slot slot;
		if (*p != '{' || !read_slot(p, template.end, &slot))
			continue;
		const struct field *field = find_field(info, &slot);
		bool depends = slot.sort == '?' || slot.sort == '!';
		if (!field || (slot.sort == '|' && !find_way(&slot, field)) ||
		    (slot.flag.at && !find_flag(field, &slot)) || (depends && !fits(slot.rest, info)))
			return false;
		p = slot.after - 1;
	}
	return true;
}

bool template_fits(const char *template, const struct op_info *info)
{
	return fits((struct span){ template, template + strlen(template) }, info);
}
