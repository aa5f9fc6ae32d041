/* The shell as the stage of a lesson: its lines are run as if typed, or unseen. */
#pragma once

struct shell;
struct stage;

void stage_make(struct shell *shell, struct stage *ret);
