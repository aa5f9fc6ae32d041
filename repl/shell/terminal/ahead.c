#include "shell/terminal/ahead.h"

#include <string.h>

#include "base/text.h"

/* readline's callback that reads a key has no argument of ours. */
static struct {
	struct text keys;
	size_t at; /* those before it have been taken */
} ahead;

void ahead_add(const char *keys, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (keys[i])
			text_addn(&ahead.keys, &keys[i], 1);
}

bool ahead_any(void)
{
	return ahead.at < ahead.keys.len;
}

int ahead_key(void)
{
	int ret = ahead_any() ? (unsigned char)ahead.keys.s[ahead.at++] : -1;

	if (!ahead_any()) {
		text_done(&ahead.keys);
		ahead.keys = (struct text){ 0 };
		ahead.at = 0;
	}
	return ret;
}

void ahead_give(struct text *ret)
{
	int key;

	while ((key = ahead_key()) >= 0)
		text_addn(ret, &(char){ (char)key }, 1);
}
