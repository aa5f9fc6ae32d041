/* words/wall: words that build one wall each.
 * May include: words/plans words/look words/language trace snapshot ops image walls base.
 * Never: performs anything.
 * Begin at: hostname.c. */
#pragma once
