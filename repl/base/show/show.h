/* base/show: text as a person sees it: columns, paragraphs, colours, units.
 * May include:.
 * Never: writes it.
 * Begin at: table.h. */
#pragma once
