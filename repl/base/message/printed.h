/* Lines that were printed without a catalog, by a process that does not have it (the child, the probe), and
 * are data to --json: English there, in the user's language on a screen. */
#pragma once

struct text;

/* Append printed in the user's language: where the catalog has it as it is, or has the format whose output it
 * is (of several the one with most letters of its own), or has the parts between "; ". What a format's %s
 * stood for is looked up in the same way. What is not found is appended as it is. */
void message_printed(const char *printed, struct text *ret);
