/** The bounds of recordings. */

/** The most UTF-16 units of one recording. A longer attempt is not recorded. */
export const recordingUnits = 524_288
/** The most UTF-16 units of all recordings of a session. The oldest make room. */
export const sessionRecordingUnits = 16_777_216
/** The longest time that a recording is kept, in days. */
export const maxRecordingDays = 30
