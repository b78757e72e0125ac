/** Formulas as an extension of marked. They stay as source in an element of the class `math`, until KaTeX renders them. */
import type { TokenizerAndRendererExtension, Tokens } from 'marked'
import { escapeHtml } from './escape.ts'
import { type Formula, formulaAt, maxFormulaUnits } from './formula.ts'
import { paragraphEnd } from './paragraph-end.ts'

const html = ({ raw, display }: Formula): string =>
  `<span class="math" dir="ltr"${display ? ' data-display="true"' : ''}>${escapeHtml(raw)}</span>`

const maxBlockUnits = maxFormulaUnits + 200

/** The display formula at the start of `src`, if nothing follows on its last line. */
function blockAt(src: string): Tokens.Generic | undefined {
  const before = /^ {0,3}(?=\$\$|\\\[)/.exec(src)?.[0]
  const formula = before === undefined ? null : formulaAt(src, before.length)
  if (before === undefined || !formula) return
  const after = /^[ \t]*(?:\n+|$)/.exec(src.slice(before.length + formula.raw.length))
  return after ? { type: 'formulaBlock', raw: before + formula.raw + after[0], formula } : undefined
}

/** A formula that has lines of its own. Its lines may look like a list or a heading. */
const formulaBlock: TokenizerAndRendererExtension = {
  name: 'formulaBlock',
  level: 'block',
  start(src) {
    for (const { index } of src.matchAll(/\n {0,3}(?:\$\$|\\\[)/g))
      if (blockAt(src.slice(index + 1, index + 1 + maxBlockUnits))) return paragraphEnd(src, index)
    return
  },
  tokenizer: (src) => blockAt(src.slice(0, maxBlockUnits)),
  renderer: (token: Tokens.Generic) => `<p class="formula">${html(token.formula)}</p>`,
}

const formulaSpan: TokenizerAndRendererExtension = {
  name: 'formula',
  level: 'inline',
  start: (src) => /\$|\\[([]/.exec(src)?.index,
  tokenizer(src) {
    const formula = formulaAt(src, 0)
    return formula ? { type: 'formula', raw: formula.raw, formula } : undefined
  },
  renderer: (token: Tokens.Generic) => html(token.formula),
}

export const formulaSyntax = [formulaBlock, formulaSpan]
