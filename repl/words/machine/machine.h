/* words/machine: the words about processes and namespaces of the whole machine.
 * May include: words/plans words/look words/language snapshot ops walls base.
 * Never: performs anything.
 * Begin at: ns.c. */
#pragma once

struct census;
struct context;
struct error;
struct plan;
struct text;
struct words;

/* ns --all: all.c, and as JSON: all_json.c. */
int ns_all(const struct context *context, const struct words *words, struct text *ret, struct error *err);
void ns_all_json(const struct context *context, const struct census *census, struct text *ret);

/* ns pin TYPE PATH, ns unpin PATH: pin.c. */
int ns_pin(const struct context *context, const struct words *words, struct plan *plan, struct error *err);
int ns_unpin(const struct context *context, const struct words *words, struct plan *plan, struct error *err);
