/* Attending to a program whose packets are followed: who listens is ready before it begins. */
#pragma once

struct error;
struct program;
struct result;
struct shell;
struct step;
struct text;

/* As view.attend, of a step whose plan follows. The journey goes to the result, as text or as JSON. -1 with err
 * where nothing could be followed: the program is ended, and has run nothing. */
int following_attend(struct shell *shell, const struct step *step, struct program *program, struct result *result,
		     struct text *output, struct error *err);
