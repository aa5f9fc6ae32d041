/* The control group of a sandbox. */
#pragma once

struct error;

struct leaf {
	char path[4096]; /* "": it needs none */
};

/* Make one where the shell's own group is this user's. 0, or -1 with err. */
int leaf_make(struct leaf *ret, struct error *err);

/* Move this process there. 0, or -1 with errno set. */
int leaf_join(const struct leaf *leaf);

/* Remove it, once nobody is in it. */
void leaf_remove(const struct leaf *leaf);
