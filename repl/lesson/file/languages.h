/* One lesson in two languages: what is typed and checked is the same in both. */
#pragma once

#include <stdbool.h>

struct error;
struct lesson;

/* Hold a lesson of lessons/XX/ against lessons/en/ of the same file name, where there is one: minutes,
 * needs, after, the steps and their ids, every command and check. -1 with err, at the first place
 * of the lesson that differs. */
int lesson_like_english(const struct lesson *lesson, struct error *err);

/* Whether there is such a file: another, in English. */
bool lesson_is_translation(const struct lesson *lesson);
