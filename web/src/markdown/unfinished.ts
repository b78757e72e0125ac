/** Closes the open syntax of an unfinished text. Its library loads beside the page, because no answer streams before the page works. */
import type remend from 'remend'

let close: typeof remend | null = null

/** Settles when the library is there, or cannot be loaded. */
export const closerLoaded: Promise<void> = import('remend').then(
  (library) => {
    close = library.default
  },
  () => undefined,
)

/** Without the library, markers of an unfinished text may show for a moment. */
export const closeSyntax = (text: string): string => close?.(text, { linkMode: 'text-only', katex: false }) ?? text
