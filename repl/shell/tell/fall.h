/* Say what a line lost that it was not asked to take: steps that fell, and what could not be restored. */
#pragma once

struct json_t;
struct session;
struct text;

/* Append the lines of lost below a heading; nothing where there are none. */
void report_lost(const struct text *lost, struct text *ret);

/* Append what session->fall has. */
void report_fall(const struct session *session, struct text *ret);

/* The same as the key "fallen" of object, where something was lost. */
void fall_json(const struct session *session, struct json_t *object);
