import { z } from 'zod'
import { evaluateExpression } from '../../../shared/model/builtin/arithmetic.ts'
import { ToolFailure, tool } from '../../../shared/tool/tool.ts'

/** Calculates exactly, with fractions of whole numbers. */
export const calculate = tool({
  name: 'calculate',
  description: 'Calculates an arithmetic expression exactly, for example `(1200 * 3.5) / 7`.',
  arguments: {
    expression: z
      .string()
      .min(1)
      .max(1_000)
      .meta({ description: 'Numbers with `+ - * / ^ %`, `mod`, `of` and parentheses. `200 + 10%` is 220' }),
  },
  effect: 'none',
  timeout_ms: 5_000,
  run({ expression }) {
    const result = evaluateExpression(expression)
    if (!result.ok) throw new ToolFailure(result.error)
    return `${result.value.exact ? '' : 'about '}${result.value.text}`
  },
})
