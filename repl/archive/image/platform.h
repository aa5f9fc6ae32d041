/* Which machine an image is for, and whether that is the one that is wanted. */
#pragma once

#include <stdbool.h>

#include "archive/image/document.h"
#include "archive/image/import.h"

/* How well an entry fits what is looked for. */
enum fit {
	FIT_NOT,
	FIT_NAME,    /* it was asked for by its name, and is for another machine */
	FIT_UNKNOWN, /* nothing says what it is for */
	FIT_VARIANT, /* it is for a variant of the processor */
	FIT_WELL,
};

struct platform {
	char os[40], machine[40], variant[40];
};

/* What a document says that it is for; no machine where it does not say. */
struct platform platform_of(const json_t *document);

/* How well a document that says its platform fits the one that was asked for, this machine's else. */
enum fit platform_fit(const struct import *import, const json_t *document);

/* Whether the config may be of the image asked for: it need not name the variant that the index names. */
bool platform_is_config(const struct import *import, const json_t *config);
