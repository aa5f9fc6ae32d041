/* Ops with random arguments, filled and compared by walking the table as the program does. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#undef fail /* cmocka's: this tree has a fail() of its own */

#include "base/arena.h"
#include "base/list.h"
#include "ops/op.h"

static inline uint64_t random_number(void)
{
	static const uint64_t edges[] = { 0, 1, 127, 128, 255, 65535, INT32_MAX, UINT32_MAX,
					  INT64_MAX, UINT64_MAX };
	if (rand() % 3 == 0)
		return edges[(size_t)rand() % (COUNT(edges))];
	return (uint64_t)rand() << 32 ^ (uint64_t)rand() << 11 ^ (uint64_t)rand();
}

static inline const char *random_string(struct arena *arena)
{
	size_t length = rand() % 8 == 0 ? 0 : (size_t)rand() % 60;
	char *s = arena_new(arena, length + 1);

	for (size_t i = 0; i < length; i++)
		s[i] = (char)(1 + rand() % 255);
	return s;
}

static inline const char *const *random_list(struct arena *arena)
{
	size_t count = (size_t)rand() % 6;
	const char **list = arena_new(arena, (count + 1) * sizeof(*list));

	for (size_t i = 0; i < count; i++)
		list[i] = random_string(arena);
	return list;
}

/* Fill a field; fd is the descriptor to name, or -1. maybe: strings and lists may be NULL. */
static inline void random_field(struct op *op, const struct field *field, struct arena *arena,
				int fd, bool maybe)
{
	void *at = (char *)op + field->at;
	bool null = maybe && rand() % 5 == 0;

	switch (field->kind) {
	case FIELD_STRING:
		*(const char **)at = null ? NULL : random_string(arena);
		break;
	case FIELD_LIST:
		*(const char *const **)at = null ? NULL : random_list(arena);
		break;
	case FIELD_BYTES: {
		size_t length = (size_t)rand() % 200;
		char *bytes = arena_new(arena, length + 1);
		for (size_t i = 0; i < length; i++)
			bytes[i] = (char)rand();
		*(struct op_bytes *)at = (struct op_bytes){ bytes, length };
		break;
	}
	case FIELD_FD:
		((struct op_fd *)at)->fd = fd;
		break;
	case FIELD_BOOL:
		*(bool *)at = rand() % 2;
		break;
	case FIELD_NUMBER:
	case FIELD_CHOICE:
	case FIELD_MODE:
	case FIELD_DEVICE:
	case FIELD_FLAGS:
	case FIELD_ID:
		*(uint64_t *)at = random_number();
		break;
	}
}

static inline void assert_strings_equal(const char *a, const char *b)
{
	if (a && b)
		assert_string_equal(a, b);
	else
		assert_ptr_equal(a, b);
}

static inline void assert_fields_equal(const struct op *a, const struct op *b,
				       const struct field *field)
{
	const void *at = (const char *)a + field->at, *bt = (const char *)b + field->at;

	switch (field->kind) {
	case FIELD_STRING:
		assert_strings_equal(*(const char *const *)at, *(const char *const *)bt);
		break;
	case FIELD_LIST: {
		const char *const *al = *(const char *const *const *)at;
		const char *const *bl = *(const char *const *const *)bt;
		assert_int_equal(al == NULL, bl == NULL);
		for (; al && *al; al++, bl++)
			assert_strings_equal(*al, *bl);
		assert_true(!bl || !*bl);
		break;
	}
	case FIELD_BYTES: {
		const struct op_bytes *ab = at, *bb = bt;
		assert_int_equal(ab->length, bb->length);
		assert_memory_equal(ab->bytes, bb->bytes, ab->length);
		break;
	}
	case FIELD_FD:
		assert_int_equal(((const struct op_fd *)at)->fd, ((const struct op_fd *)bt)->fd);
		break;
	case FIELD_BOOL:
		assert_int_equal(*(const bool *)at, *(const bool *)bt);
		break;
	case FIELD_NUMBER:
	case FIELD_CHOICE:
	case FIELD_MODE:
	case FIELD_DEVICE:
	case FIELD_FLAGS:
	case FIELD_ID:
		assert_int_equal(*(const uint64_t *)at, *(const uint64_t *)bt);
		break;
	}
}
