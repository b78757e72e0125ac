/**
 * The purity rule. A file that its opening comment calls pure takes the clock and randomness as arguments, and sets no timer.
 * The rule is a function of the source, so a test can plant a violation of each kind.
 */

/** Identifiers that a pure file must not use outside comments. */
const forbidden =
  /\bDate\.now\b|\bMath\.random\b|\bnew Date\(\s*\)|\bcrypto\.(?:randomUUID|getRandomValues)\b|\bperformance\.\w+|\b(?:setTimeout|setInterval|setImmediate)\b|\bTemporal\.Now\b|(?<![.\w])fetch\(/g

/** Matched whole, so that `//` inside a string does not count as a comment. Group 1 is a comment. */
const commentOrString = /(\/\*[\s\S]*?\*\/|\/\/[^\n]*)|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/g

/** Whether the comment that opens the file calls it pure: "Pure." or "Pure:", "Pure arithmetic", "Pure except for WebCrypto". */
export const saysPure = (source: string): boolean => /\bPure\b/.test(/^\s*\/\*\*[\s\S]*?\*\//.exec(source)?.[0] ?? '')

/** Each violation as one sentence with its line. */
export function impurities(file: string, source: string): string[] {
  if (!saysPure(source)) return []
  const code = source.replace(commentOrString, (text: string, comment?: string) =>
    comment === undefined ? text : text.replace(/[^\n]/g, ' '),
  )
  return [...code.matchAll(forbidden)].map(
    ({ 0: name, index }) => `${file}:${code.slice(0, index).split('\n').length} calls itself pure and uses ${name.replace(/\($/, '')}`,
  )
}
