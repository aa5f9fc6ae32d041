/* No line, however odd, makes the splitter read or write out of bounds; what it splits keeps its
 * promises: columns lie in the line, no word is without its statement. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "words/language/words.h"
#include "demand.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	cleanup_arena struct arena arena = { 0 };
	struct unfinished unfinished;
	struct statement *list;
	struct error err = { 0 };
	size_t count;

	if (words_split((const char *)bytes, length, &arena, &list, &count, &err) < 0) {
		demand(err.what[0] && err.column >= 0 && (size_t)err.column <= length);
		return 0;
	}
	for (size_t i = 0; i < count; i++) {
		demand(list[i].count > 0 && strlen(list[i].text) <= length);
		for (size_t w = 0; w < list[i].count; w++) {
			demand(list[i].words[w].column >= list[i].column);
			demand(strlen(list[i].words[w].s) <= length);
		}
	}
	words_unfinished((const char *)bytes, length, &arena, &unfinished);
	demand(strlen(unfinished.partial) <= length);
	return 0;
}
