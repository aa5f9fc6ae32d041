/* shell/terminal: signals, keys typed ahead, the history file.
 * May include: base.
 * Never: knows what is shown.
 * Begin at: signals.h. */
#pragma once
