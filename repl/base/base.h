/* base: text, errors, lists, paths, descriptors.
 * May include:.
 * Never: knows that isolation, a session or a word exists.
 * Begin at: text.h and error.h. */
#pragma once
