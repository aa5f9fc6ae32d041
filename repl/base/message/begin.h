/* Taking the catalog of the language that the user wants. */
#pragma once

struct error;

/* From now on messages are in language ("zh"); NULL: in the first of languages_wanted() that has a catalog,
 * po/LANGUAGE.po beside the folder of lessons. "zh_TW" takes zh_TW.po, zh.po, or another of zh. English needs
 * none. Returns 0, also where none is found; -1 with err for one that cannot be used: messages are English
 * then. */
int messages_speak(const char *language, struct error *err);

/* The path of the catalog in use, for a program that this one starts; NULL for English. */
const char *messages_path(void);

/* Take the catalog at path. -1 with err for one that cannot be used. */
int messages_take(const char *path, struct error *err);

/* Messages are English from now on, whatever is asked for: programs read them. */
void messages_end(void);
