/* Parts of plans: paths of /proc and /sys that show or change the host, hidden or made read-only.
 * The namespaces do not cover them. */
#pragma once

#include "words/plans/plans.h"

/* Hide path, of this st_mode: /dev/null over a file, an empty folder over a folder. */
void plan_mask(struct plan *plan, const char *path, unsigned mode);

/* Whether path is one of docker's tables: plan_mask_all() and plan_readonly_all() are about it. */
bool plan_hides(const char *path);

/* Make path read-only with everything mounted below it, by binding it over itself. keep: flags of
 * its mount that a remount has to say again. */
void plan_readonly(const struct context *context, struct plan *plan, const char *path,
		   uint64_t keep);

/* All paths of docker's tables. context is whose view is looked at for what is there; the names of
 * what is not are appended to absent, unless NULL. 0, or -1 with err where nobody can tell whether one is. */
int plan_mask_all(const struct context *context, struct plan *plan, struct text *absent,
		  struct error *err);
int plan_readonly_all(const struct context *context, struct plan *plan, uint64_t keep,
		      struct text *absent, struct error *err);
