/* shell/acts: the words of the shell itself: entry and behaviour in one file.
 * May include: doctor shell/tell shell/attend shell/terminal lesson session words snapshot ops probe image walls base.
 * Never: performs an op but through the session.
 * Begin at: version.c, the shortest. Add an act: a file here, one row in vocabulary.c. */
#pragma once
