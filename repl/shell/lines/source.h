/* Running the lines of a script. */
#pragma once

struct error;
struct script;
struct shell;

/* Run the lines of a script, up to the first that fails unless the shell keeps going. Failures have
 * been reported. Returns 0, or -1 when it stopped early. */
int script_run(struct shell *shell, struct script *script);

/* The same for the file at path, "-" for standard input. Returns 0, 1 when it stopped early, -1
 * with err when path cannot be read: that is for the caller to tell. */
int script_run_file(struct shell *shell, const char *path, struct error *err);

/* The same as script_run() for a string. */
int script_run_string(struct shell *shell, const char *name, const char *s);
