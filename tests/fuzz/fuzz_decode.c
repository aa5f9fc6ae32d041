/* No call of a traced program, with whatever its arguments point to, is read or told out of bounds; what is told is
 * printable. The input is the number, six arguments of two bytes, and the memory that those lie in; 0xff.. is itself. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/text.h"
#include "trace/seen.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

enum { ROOM = 2 * 4096 };

static uint8_t *memory;

/* Behind its end is a page that cannot be read. */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	memory = mmap(NULL, ROOM + 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED || mprotect(memory + ROOM, 4096, PROT_NONE) < 0)
		abort();
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	cleanup_text struct text told = { 0 }, path = { 0 };
	uint64_t args[6];

	if (length < 14)
		return 0;
	int number = bytes[0] | bytes[1] << 8;
	for (size_t i = 0; i < 6; i++) {
		uint16_t value = (uint16_t)(bytes[2 + 2 * i] | bytes[3 + 2 * i] << 8);
		/* A place in the memory, some just before its end, or a number. */
		args[i] = value >= 0xff00 ? (uint64_t)(int64_t)(int16_t)value :
			  value & 0x8000 ? (uint64_t)(uintptr_t)(memory + ROOM - value % 512) :
			  value & 0x4000 ? (uint64_t)(uintptr_t)(memory + value % ROOM) : value;
	}
	size_t size = length - 14 < ROOM ? length - 14 : ROOM;
	memset(memory, 0, ROOM);
	memcpy(memory, bytes + 14, size);
	memcpy(memory + ROOM - size, bytes + 14, size);
	decode_call(getpid(), number % 600, args, &told, &path);
	for (const char *s = text_of(&told); *s; s++)
		if ((unsigned char)*s < ' ')
			abort();
	return 0;
}
