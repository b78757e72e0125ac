/** The base address of a model provider, as people paste it. Pure. */

/** Paths of single calls that people copy from a provider's documentation, although the base address ends before them. */
const callPath = /\/(?:(?:chat\/)?completions|messages|responses|api\/(?:chat|generate|tags)|models\/[^/]+:\w+)\/*$/

/** `text` without blanks around it, and without an empty query and the path of a call at its end. */
export const baseAddress = (text: string): string =>
  text
    .trim()
    .replace(/[?#]+$/, '')
    .replace(callPath, '')
