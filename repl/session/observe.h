/* Files that a step is about, as they are before and after it: looked at from outside. */
#pragma once

struct step;

/* Look before; begins step->note where the plan asks for it (show). */
void observe_before(struct step *step);

/* Look after; completes step->note (show, show_entry, twins). The text has a line for each thing
 * seen, printable, without a newline at its end. */
void observe_after(struct step *step);
