/* lesson/file: Markdown to the steps of a lesson.
 * May include: doctor lesson/check words/language snapshot ops image base.
 * Never: knows where the learner is.
 * Begin at: lesson.h, then read.c. */
#pragma once
