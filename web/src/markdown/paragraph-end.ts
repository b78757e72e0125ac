/** Where the paragraph ends that a block after it interrupts: before the white space in front of `index`. Undefined: no block follows. */
export const paragraphEnd = (src: string, index: number | undefined): number | undefined =>
  index === undefined ? undefined : src.slice(0, index).trimEnd().length
