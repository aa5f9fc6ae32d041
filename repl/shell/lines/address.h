/* "@NAME WORD...": a line for one of several children. */
#pragma once

struct error;
struct session;
struct sibling;
struct statement;

/* The child that the statement is addressed to, and the line for it in *rest. NULL with err where no child
 * is called so, or nothing follows the name. */
struct sibling *addressed(struct session *session, const struct statement *statement,
			  struct statement *rest, struct error *err);
