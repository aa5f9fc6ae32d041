/* What a session has lost: of an undo or a redo, and with a child that ended. */
#pragma once

struct session;
struct text;

/* Append the lines of what was lost below a heading; nothing where there are none. */
void report_lost(const struct text *lost, struct text *ret);

/* Which steps fell with the child that they belong to, and what of them is lost. */
void report_fall(const struct session *session, struct text *ret);
