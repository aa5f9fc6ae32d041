/* All undo kinds, by the names that a journal has for them. The row of each is in ops/undo. */
UNDO(RMDIR, rmdir)
UNDO(UNLINK, unlink)
UNDO(RMTREE, rmtree)
UNDO(RMCGROUP, rmcgroup)
UNDO(VACATE, vacate)
UNDO(WRITE, write)
UNDO(HOSTNAME, hostname)
UNDO(UMOUNT, umount)
