/** KaTeX with bounds for formulas from a model, which are untrusted. */
import 'katex/dist/katex.min.css'
import katex from 'katex'

/** HTML and MathML of a formula. Null: KaTeX does not understand it. */
export function toHtml(tex: string, display: boolean): string | null {
  try {
    return katex.renderToString(tex, {
      displayMode: display,
      throwOnError: true,
      // No `\href`, `\includegraphics` or `\html…`.
      trust: false,
      strict: 'ignore',
      // Sizes in em, and expansions of macros.
      maxSize: 20,
      maxExpand: 500,
    })
  } catch {
    return null
  }
}
