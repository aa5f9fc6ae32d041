#include "archive/image/document.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "archive/limits.h"
#include "archive/image/spool.h"
#include "base/error.h"
#include "base/fd.h"
#include "base/text.h"

json_t *document_parse(const char *bytes, size_t size, json_type type, const char *what,
		       struct error *err)
{
	json_error_t wrong;
	json_t *ret = json_loadb(bytes, size, JSON_REJECT_DUPLICATES, &wrong);

	if (ret && json_typeof(ret) == type)
		return ret;
	fail_id(err, ERR_ARCHIVE_INVALID, 0, "%s: not a JSON %s", what, type == JSON_OBJECT ? "object" : "array");
	if (!ret)
		fail_why(err, "line %d, column %d: %s", wrong.line, wrong.column, vis(wrong.text));
	json_decref(ret);
	return NULL;
}

json_t *document_blob(const char hex[HEX], const char *what, struct error *err)
{
	cleanup_text struct text text = { 0 };
	char path[100];

	snprintf(path, sizeof(path), "blobs/%s", hex);
	if (read_file(AT_FDCWD, path, LIMIT_DOCUMENT, &text) < 0) {
		fail(err, errno, "read %s, " SHA256 "%s", what, hex);
		if (errno == EFBIG)
			fail_why(err, "it has more than %d MiB", LIMIT_DOCUMENT >> 20);
		return NULL;
	}
	json_t *ret = document_parse(text_of(&text), text.len, JSON_OBJECT, what, err);
	if (!ret)
		fail_wrap(err, SHA256 "%s", hex);
	return ret;
}

const char *document_text(const json_t *object, const char *key, const char *fallback)
{
	const char *s = json_string_value(json_object_get(object, key));

	return s ? s : fallback;
}

int document_descriptor(const json_t *json, const char *what, struct descriptor *ret,
			struct error *err)
{
	const json_t *size = json_object_get(json, "size");
	const char *digest = document_text(json, "digest", NULL);

	*ret = (struct descriptor){ .media_type = document_text(json, "mediaType", ""),
				    .hex = digest_of(digest) };
	if (!ret->hex) {
		fail_id(err, ERR_ARCHIVE_INVALID, 0, "%s has no digest that can be checked: %s", what,
		     digest ? vis(digest) : "none");
		return fail_why(err, "a digest is sha256: and 64 hexadecimal digits");
	}
	if (!json_is_integer(size) || json_integer_value(size) < 0)
		return fail_id(err, ERR_ARCHIVE_INVALID, 0, "%s, %s, has no size that a file can have", what, digest);
	ret->size = (uint64_t)json_integer_value(size);
	return 0;
}

int document_write(json_t *json, char hex[HEX], uint64_t *size, struct error *err)
{
	char *s = json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS);

	json_decref(json);
	if (!s)
		out_of_memory();
	*size = strlen(s);
	int failed = spool_bytes(s, *size, hex, err);
	free(s);
	return failed;
}
