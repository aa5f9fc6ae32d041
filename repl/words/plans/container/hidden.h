/* Parts of plans: what a mount is about to hide, told before it does. */
#pragma once

#include "words/plans/plans.h"
#include "words/plans/container/image.h"

/* The names in the child's folder at path: "3 entries: a, b, c", in the plan's arena. NULL where there
 * is no folder or nothing in it. */
const char *hidden_in_child(const struct context *context, struct plan *plan, const char *path);

/* The same of what the image has at path (absolute), all its layers together. */
const char *hidden_in_image(const struct root_image *image, struct plan *plan, const char *path);

/* What a mount at "/" means: it hides nothing from whoever is there. */
const char *mounted_on_root(void);
