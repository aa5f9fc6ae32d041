#include "ops/line.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/text.h"
#include "ops/op.h"

static const char *const kinds[OP_COUNT] = {
#define OP(name) [OP_##name] = #name,
#include "ops/list.h"
#undef OP
};

/* ---- writing ---- */

static void write_value(const char *s, struct text *text)
{
	for (const unsigned char *p = (const unsigned char *)s; *p; p++)
		if (*p <= ' ' || *p == '\\' || *p >= 0x7f)
			text_addf(text, "\\x%02x", *p);
		else
			text_addn(text, (const char *)p, 1);
}

static bool write_field(const struct op *op, const struct field *field, struct text *text)
{
	const void *at = (const char *)op + field->at;

	switch (field->kind) {
	case FIELD_STRING: {
		const char *s = *(const char *const *)at;
		if (s) {
			text_addf(text, " %s=", field->name);
			write_value(s, text);
		}
		return true;
	}
	case FIELD_BOOL:
		if (*(const bool *)at)
			text_addf(text, " %s=1", field->name);
		return true;
	case FIELD_NUMBER:
	case FIELD_CHOICE:
	case FIELD_MODE:
	case FIELD_DEVICE:
	case FIELD_FLAGS:
	case FIELD_ID:
		text_addf(text, " %s=%" PRIu64, field->name, *(const uint64_t *)at);
		return true;
	case FIELD_FD:
		return !((const struct op_fd *)at)->path && ((const struct op_fd *)at)->fd < 0;
	case FIELD_BYTES:
		return !((const struct op_bytes *)at)->length;
	case FIELD_LIST:
		return !*(const char *const *const *)at;
	}
	return false;
}

bool op_write(const struct op *op, struct text *text)
{
	text_add(text, kinds[op->kind]);
	for (const struct field *field = op_info(op->kind)->fields; field->name; field++)
		if (!write_field(op, field, text))
			return false;
	return true;
}

/* ---- reading ---- */

static bool read_kind(const char *word, size_t length, enum op_kind *ret)
{
	for (size_t kind = 0; kind < OP_COUNT; kind++)
		if (strlen(kinds[kind]) == length && memcmp(kinds[kind], word, length) == 0) {
			*ret = (enum op_kind)kind;
			return true;
		}
	return false;
}

static const char *read_value(const char *s, size_t length, struct arena *arena)
{
	char *ret = arena_new(arena, length + 1), *to = ret;
	unsigned byte;

	for (const char *p = s; p < s + length; p++)
		if (p + 3 < s + length && p[0] == '\\' && p[1] == 'x' && sscanf(p + 2, "%2x", &byte) == 1) {
			*to++ = (char)byte;
			p += 3;
		} else {
			*to++ = *p;
		}
	*to = '\0';
	return ret;
}

static bool read_field(struct op *op, const struct field *field, const char *s, size_t length, struct arena *arena)
{
	void *at = (char *)op + field->at;

	switch (field->kind) {
	case FIELD_STRING:
		*(const char **)at = read_value(s, length, arena);
		return true;
	case FIELD_BOOL:
		*(bool *)at = true;
		return length == 1 && *s == '1';
	case FIELD_NUMBER:
	case FIELD_CHOICE:
	case FIELD_MODE:
	case FIELD_DEVICE:
	case FIELD_FLAGS:
	case FIELD_ID:
		return parse_number(arena_copyn(arena, s, length), at);
	case FIELD_FD:
	case FIELD_BYTES:
	case FIELD_LIST:
		return false;
	}
	return false;
}

/* "name=value", by the row of the op's kind. */
static bool read_pair(struct op *op, const char *s, size_t length, struct arena *arena)
{
	const char *value = memchr(s, '=', length);

	if (!value)
		return false;
	for (const struct field *field = op_info(op->kind)->fields; field->name; field++)
		if (strlen(field->name) == (size_t)(value - s) && memcmp(field->name, s, (size_t)(value - s)) == 0)
			return read_field(op, field, value + 1, length - (size_t)(value + 1 - s), arena);
	return false;
}

bool op_read(const char *line, struct arena *arena, struct op *ret)
{
	size_t length = strcspn(line, " ");
	enum op_kind kind;

	if (!read_kind(line, length, &kind))
		return false;
	*ret = op_new(kind);
	for (line += length; *line == ' '; line += length) {
		length = strcspn(++line, " ");
		if (!read_pair(ret, line, length, arena))
			return false;
	}
	return true;
}
