/* base/net: addresses of networks, and messages of rtnetlink.
 * May include: base.
 * Never: knows what isolation is.
 * Begin at: address.h. */
#pragma once
