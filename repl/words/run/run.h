/* words/run: words that run programs, and container, which chains the others.
 * May include: words/plans words/look words/language trace snapshot ops image walls base.
 * Never: performs anything.
 * Begin at: run.c, then container.c. */
#pragma once
