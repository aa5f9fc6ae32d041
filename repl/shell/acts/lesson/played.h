/* What the acts of lessons share: no other folder includes it. */
#pragma once

#include <stdbool.h>

struct error;
struct player;
struct progress;
struct shell;
struct words;

/* What the shell keeps of lessons: on the heap once it is needed. */
struct lessons {
	struct progress *progress;
	struct player *player; /* NULL while none is played */
	struct log *log;
	bool playing;          /* the player itself runs something: it does not hear about it */
	bool left;             /* a lesson was left, and no step was made since: what stands is its own */
	int left_at;           /* the number of the next step then */
};

/* Those of the shell; made when they are first asked for. */
struct lessons *lessons_of(struct shell *shell);
struct progress *lessons_progress_of(struct shell *shell);

/* The lesson that is played, NULL for none. */
struct player *lessons_player(const struct shell *shell);

/* Tell the player how large the screen is. */
void lessons_set_screen(struct shell *shell);

/* Leave the lesson that is played, if one is. asks: the user may say no where files would be lost: -1 with err. */
int lessons_end(struct shell *shell, bool asks, struct error *err);

/* What --lang says, else what the environment does: "en". */
const char *lessons_language(const struct words *words);
