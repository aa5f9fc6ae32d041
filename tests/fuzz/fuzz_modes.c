/* No output of a program confuses the reader of a terminal's modes: cut into pieces or whole it is the same, what puts the
 * terminal back is a few sequences, and after it there is nothing to put back. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "shell/terminal/modes.h"
#include "demand.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	cleanup_text struct text reset = { 0 }, pieces = { 0 }, none = { 0 };
	const char *s = (const char *)bytes;
	struct modes whole = { 0 }, cut = { 0 };

	modes_read(&whole, s, length);
	for (size_t i = 0; i < length; i++)
		modes_read(&cut, s + i, 1);
	modes_reset(&whole, &reset);
	modes_reset(&cut, &pieces);
	demand(strcmp(text_of(&reset), text_of(&pieces)) == 0 && reset.len < 400);
	/* A sequence that the program left unfinished is ended by the next escape. */
	modes_read(&whole, text_of(&reset), reset.len);
	for (size_t i = 0; i < MODES; i++)
		demand(!whole.other[i]);
	modes_again(&whole, &none);
	demand(none.len == 0);
	return 0;
}
