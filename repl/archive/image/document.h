/* JSON of an archive: read with a limit, and asked for what it must have. */
#pragma once

#include <jansson.h>
#include <stdint.h>

#include "archive/digest.h"

struct error;

static inline void cleanup_json_(json_t **json)
{
	json_decref(*json);
}
#define cleanup_json __attribute__((cleanup(cleanup_json_)))

/* The JSON in these bytes, which must be an object or an array as type says (JSON_OBJECT,
 * JSON_ARRAY). what is its name in messages. NULL with err. */
json_t *document_parse(const char *bytes, size_t size, json_type type, const char *what,
		       struct error *err);

/* The same for blobs/HEX. */
json_t *document_blob(const char hex[HEX], const char *what, struct error *err);

/* A text of an object; fallback where there is none. */
const char *document_text(const json_t *object, const char *key, const char *fallback);

/* What a descriptor points to. */
struct descriptor {
	const char *media_type; /* borrowed from the JSON; "" where it has none */
	const char *hex;        /* the digits of its sha256 */
	uint64_t size;
};

/* Read the descriptor json; what names it in messages. -1 with err: no digest, no size, ... */
int document_descriptor(const json_t *json, const char *what, struct descriptor *ret,
			struct error *err);

/* Put a JSON text of this program's own into blobs. Takes json over; hex is its digest, *size its
 * bytes. -1 with err. */
int document_write(json_t *json, char hex[HEX], uint64_t *size, struct error *err);
