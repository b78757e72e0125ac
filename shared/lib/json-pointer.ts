/** JSON pointers (RFC 6901). Pure. */

/** The pointer of a path; '' for an empty path. */
export const jsonPointer = (path: readonly PropertyKey[]): string => path.map((step) => `/${escapeStep(String(step))}`).join('')

/** One step of a pointer, without its slash. */
export const escapeStep = (step: string): string => step.replaceAll('~', '~0').replaceAll('/', '~1')
