/* words/network: the words behind "net".
 * May include: words/plans words/language snapshot ops base.
 * Never: performs anything.
 * Begin at: net.c. */
#pragma once
