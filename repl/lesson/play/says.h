/* What the player itself says, in the languages of the lessons. */
#pragma once

enum say {
	SAY_STEP, SAY_MORE, SAY_GUESS, SAY_GUESS_PROMPT, SAY_GUESSED, SAY_RUNS, SAY_NEXT, SAY_END,
	SAY_TASK, SAY_TASK_HELP, SAY_TASK_LOCKED, SAY_REMEMBER, SAY_REACHED, SAY_HINT, SAY_NO_HINT,
	SAY_ALL_HINTS, SAY_SOLUTION, SAY_RESTORED, SAY_PASSED_OVER, SAY_FINISHED, SAY_COMES_NEXT,
	SAY_LEFT, SAY_DONE, SAY_NOT_YET, SAY_RIGHT, SAY_IT_WAS, SAY_LOST, SAY_GUESSES,
	SAY_STORE, SAY_STORE_STAYS, SAY_STORE_GONE,
	SAYS
};

/* A format of printf(3), the same arguments in each language: English for one that is not known. */
const char *say_in(const char *language, enum say say);
