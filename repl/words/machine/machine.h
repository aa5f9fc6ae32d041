/* words/machine: the words about processes and namespaces of the whole machine.
 * May include: words/plans words/look words/language snapshot ops walls base.
 * Never: performs anything.
 * Begin at: ns.c. */
#pragma once

struct census;
struct context;
struct error;
struct text;
struct words;

/* ns --all: all.c, and as JSON: all_json.c. */
int ns_all(const struct context *context, const struct words *words, struct text *ret, struct error *err);
void ns_all_json(const struct context *context, const struct census *census, struct text *ret);
