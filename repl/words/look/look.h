/* words/look: words that only look.
 * May include: words/language snapshot ops walls base.
 * Never: adds an op to a plan.
 * Begin at: ns.c. */
#pragma once
