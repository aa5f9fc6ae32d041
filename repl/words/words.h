/* words: the vocabulary: one file a word, compiled to a plan.
 * May include: trace snapshot ops probe image walls base.
 * Never: performs anything, or prints.
 * Begin at: language/command.h, then wall/hostname.c. */
#pragma once
