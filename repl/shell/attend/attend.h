/* shell/attend: what stays with a running program: relay, meters, live screens.
 * May include: shell/attend/relay shell/tell shell/terminal words/language words/network session trace snapshot ops image base.
 * Never: decides what is run.
 * Begin at: view.h, then relay/relay.h. */
#pragma once
