/* base/file: files and folders that somebody else may bend: opened, removed, written whole.
 * May include:.
 * Never: follows a link out of the folder that it was given.
 * Begin at: inroot.h. */
#pragma once
