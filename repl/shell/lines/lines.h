/* shell/lines: from a line, typed or a script's, to a step that has been told.
 * May include: shell/acts/lesson shell/tell shell/attend shell/terminal lesson session words snapshot ops image walls base.
 * Never: knows a word by its name.
 * Begin at: dispatch.h, then line.h. */
#pragma once
