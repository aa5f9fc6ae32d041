/* The capabilities of a file, as its attribute security.capability holds them: capabilities(7). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct text;

struct file_caps {
	uint64_t permitted, inheritable; /* bit N is capability number N */
	bool effective;                  /* one bit for all: the new program has them in effect at once */
};

/* Those of the file that fd is open on (for reading, not by O_PATH). 0; -1 with errno set: ENODATA where it
 * has none, EINVAL where the attribute is of a form that this program does not know. */
int file_caps_read(int fd, struct file_caps *ret);

/* Append them as cap_to_text(3) writes a single set: "cap_kill,cap_chown=ep". */
void file_caps_say(const struct file_caps *caps, struct text *text);
