/* image: the part that the shell asks before it acts. */
#pragma once

struct error;
struct words;

/* Whether the words after "image" make sense together. -1 with err. */
int image_words(const struct words *words, struct error *err);
