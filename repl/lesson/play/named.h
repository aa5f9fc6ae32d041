/* The paths that a lesson names. */
#pragma once

struct lesson;
struct text;

/* Append the absolute paths in the lines and checks of a lesson, also those in the words of its programs, a line each:
 * where its lines may reach the host's files by mistake. */
void named_paths(const struct lesson *lesson, struct text *ret);
