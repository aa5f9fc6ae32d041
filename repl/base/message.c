#include "base/message.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* Every failure and every screen asks for its words, wherever it is: the one thing in the program that
 * they all share. */
static const struct messages *used;

struct translation *messages_slot(const struct messages *messages, const char *english)
{
	size_t mask = messages->room - 1;
	uint64_t hash = 14695981039346656037u; /* FNV-1a */

	for (const char *s = english; *s; s++)
		hash = (hash ^ (unsigned char)*s) * 1099511628211u;
	for (size_t i = (size_t)hash & mask;; i = (i + 1) & mask) {
		struct translation *slot = &messages->slots[i];
		if (!slot->english || strcmp(slot->english, english) == 0)
			return slot;
	}
}

void messages_use(const struct messages *messages)
{
	used = messages && messages->count ? messages : NULL;
}

const struct messages *messages_used(void)
{
	return used;
}

const char *message(const char *english)
{
	const char *ours = used && *english ? messages_slot(used, english)->forms[0] : NULL;

	return ours ? ours : english;
}

const char *message_of(size_t count, const char *one, const char *many)
{
	const struct translation *slot = used ? messages_slot(used, one) : NULL;

	if (!slot || !slot->english)
		return count == 1 ? one : many;
	return count == 1 || !slot->forms[1] ? slot->forms[0] : slot->forms[1];
}

void message_print(char *to, size_t size, const char *format, va_list args)
{
	size_t end = size - 1;

	if (vsnprintf(to, size, _(format), args) < (int)size)
		return;
	/* The last character may lack bytes; what is whole and goes with it was the last that fitted. */
	while (end > 0 && ((unsigned char)to[end - 1] & 0xc0) == 0x80)
		end--;
	if (end > 0 && (unsigned char)to[end - 1] >= 0xc0)
		end--;
	else
		end = size - 1;
	to[end] = '\0';
}
