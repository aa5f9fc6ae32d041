/* words/topics: what help, explain and apropos tell: words, concepts, and the tables of the kernel's names.
 * May include: words/language words/foreign words/plans/privilege walls ops snapshot base.
 * Never: knows a session, or changes anything.
 * Begin at: find.h, then concepts.h. Add a concept: one row in one of isolation.c, files.c, power.c. */
#pragma once
