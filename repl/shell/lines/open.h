/* The beginning and the end of the shell. */
#pragma once

struct error;
struct shell;

/* Begin: the signals, the session. What the session had to clean up is reported. */
int shell_open(struct shell *shell, struct error *err);

/* End in good order; what could not be taken back is reported. Returns the exit status. */
int shell_close(struct shell *shell);
