// Numbers of the advisory locks of this project, each used by nothing else in the database.

/** Migrating: one at a time. */
export const migrateLock = 7_281_001
/** With the id of a source: counting it. */
export const countLock = 7_281_003
/** With the number of a plan: loading a deck into it. */
export const planLock = 7_281_007
