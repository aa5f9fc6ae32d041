/* No expression, however odd, makes the parser of checks read out of bounds or fall too deep; a
 * refusal says what is wrong, at a column of the line. */
#include <stdint.h>
#include <stdlib.h>

#include "base/error.h"
#include "lesson/check/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	cleanup_arena struct arena arena = { 0 };
	struct error err = { 0 };

	if (!check_parse((const char *)bytes, length, 1, &arena, &err) &&
	    (!err.what[0] || err.column < 0 || (size_t)err.column > length + 1))
		abort();
	return 0;
}
