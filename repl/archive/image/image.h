/* archive/image: what an archive says that it is: layouts, documents, the images made of them.
 * May include: archive/guard archive/layer archive/stream base.
 * Never: believes a digest or a size that it has not checked.
 * Begin at: import.h. */
#pragma once
