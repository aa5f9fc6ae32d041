/* base/message: which language the user wants, and its catalog of messages, a file in gettext's PO form.
 * May include: base/file.
 * Never: looks for a message; base/message.h does.
 * Begin at: begin.h. */
#pragma once
