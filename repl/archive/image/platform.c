#include "archive/image/platform.h"

#include <stdio.h>
#include <string.h>

#include "archive/image/compose.h"

/* The same processor to those who name them: the first of its kind has no variant. */
static void drop_first_variant(struct platform *platform)
{
	if ((strcmp(platform->machine, "amd64") == 0 && strcmp(platform->variant, "v1") == 0) ||
	    (strcmp(platform->machine, "arm64") == 0 && strcmp(platform->variant, "v8") == 0))
		*platform->variant = 0;
}

struct platform platform_of(const json_t *document)
{
	struct platform is;

	snprintf(is.os, sizeof(is.os), "%s", document_text(document, "os", "linux"));
	snprintf(is.machine, sizeof(is.machine), "%s", document_text(document, "architecture", ""));
	snprintf(is.variant, sizeof(is.variant), "%s", document_text(document, "variant", ""));
	drop_first_variant(&is);
	return is;
}

/* "OS/ARCHITECTURE[/VARIANT]", as docker has it; this machine where none was asked for. */
static struct platform platform_wanted(const struct import *import)
{
	struct platform wanted = { .os = "linux" };

	snprintf(wanted.machine, sizeof(wanted.machine), "%s", compose_architecture());
	if (import->platform) {
		*wanted.machine = 0;
		sscanf(import->platform, "%39[^/]/%39[^/]/%39s", wanted.os, wanted.machine, wanted.variant);
	}
	drop_first_variant(&wanted);
	return wanted;
}

enum fit platform_fit(const struct import *import, const json_t *document)
{
	struct platform wanted = platform_wanted(import), is = platform_of(document);

	if (!*is.machine)
		return FIT_UNKNOWN;
	if (strcmp(is.os, wanted.os) != 0 || strcmp(is.machine, wanted.machine) != 0 ||
	    (*wanted.variant && strcmp(is.variant, wanted.variant) != 0))
		return FIT_NOT;
	return strcmp(is.variant, wanted.variant) == 0 ? FIT_WELL : FIT_VARIANT;
}

bool platform_is_config(const struct import *import, const json_t *config)
{
	struct platform wanted = platform_wanted(import), is = platform_of(config);

	return !*is.machine ||
	       (strcmp(is.os, wanted.os) == 0 && strcmp(is.machine, wanted.machine) == 0 &&
		(!*is.variant || !*wanted.variant || strcmp(is.variant, wanted.variant) == 0));
}
