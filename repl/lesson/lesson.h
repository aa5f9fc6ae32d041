/* lesson: lessons: read, checked, played, proven.
 * May include: doctor session snapshot words/language words/plans/cgroup words/plans/privilege image walls base.
 * Never: writes to the screen but through the stage it is given.
 * Begin at: file/lesson.h, then play/play.h. */
#pragma once
