/* What is asked of the layers of a union. */
#include "lesson/check/predicates.h"

#include <string.h>

#include "base/error.h"
#include "base/path.h"
#include "base/text.h"
#include "snapshot/look.h"
#include "snapshot/union/layers.h"

bool union_asked(const struct asked *asked, const char *path, struct arena *arena, struct layers *ret,
		 struct text *saw)
{
	const struct reading *reading = asked->reading;
	const char *point = look_absolute(reading, path, arena);
	const struct mount *mount = reading->mounts ? mounts_at(reading->mounts, point) : NULL;
	const struct kept_folders kept = { 0 };
	struct error err;

	if (!mount || strcmp(mount->type, "overlay") != 0) {
		text_sayf(saw, "no union is mounted at %s", vis(path));
		return false;
	}
	if (layers_take(NULL, reading, mount, &kept, ret, &err) < 0) {
		text_add(saw, err.what);
		return false;
	}
	return true;
}

/* mount PATH unites PATH...: the read-only layers, the topmost first, are these folders. */
bool predicate_unites(const struct asked *asked, const char *const *words, struct text *saw)
{
	cleanup_arena struct arena arena = { 0 };
	struct layers layers = { 0 };
	bool same = true;
	size_t wanted = 0;

	if (!union_asked(asked, words[1], &arena, &layers, saw))
		return false;
	text_say(saw, "its layers from the top:");
	for (size_t i = layers.count - layers.writable; i-- > 0; wanted += words[3 + wanted] != NULL) {
		const char *word = words[3 + wanted];
		text_addf(saw, " %s", vis(layers.list[i].folder));
		same = same && word && strcmp(look_absolute(asked->reading, word, &arena),
					      path_clean(&arena, layers.list[i].folder)) == 0;
	}
	same = same && !words[3 + wanted];
	layers_done(&layers);
	return same;
}
