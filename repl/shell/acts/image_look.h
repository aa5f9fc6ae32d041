/* What image shows of the store: ls, inspect, history. Each is a struct command's look. */
#pragma once

struct context;
struct error;
struct text;
struct words;

int image_look_list(const struct context *context, const struct words *words, struct text *ret,
		    struct error *err);
int image_look_inspect(const struct context *context, const struct words *words, struct text *ret,
		       struct error *err);
int image_look_history(const struct context *context, const struct words *words, struct text *ret,
		       struct error *err);
