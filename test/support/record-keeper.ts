/** A model with a strict window, and a summariser that keeps marked facts. Both count tokens in their own way. */
import { type ScriptedAnswer, type ScriptedModel, type ScriptedRequest, startScriptedModel } from './scripted-model.ts'

/** The tokens of a request: a third of its characters, which is more than our estimate. */
export const countedTokens = ({ messages }: ScriptedRequest): number =>
  messages.reduce((sum, { role, content }) => sum + 5 + Math.ceil((role.length + (content?.length ?? 0)) / 3), 3)

/** A fact that a text states, such as `FACT[/srv/app-7/config.toml]`. */
const facts = (text: string): string[] => [...new Set(text.match(/FACT\[[^\]"\\]*\]/g) ?? [])]

export interface StrictModel extends ScriptedModel {
  /** The refusals so far. */
  readonly refusals: string[]
  /** What the summariser answers instead of a record. Undefined: a record. */
  instead?: ScriptedAnswer | undefined
}

/** Answers for the models `chat` and `tiny`. A request of `chat` that exceeds `window` with its answer is refused. */
export async function startStrictModel(window: number): Promise<StrictModel> {
  const refusals: string[] = []
  const strict: { instead?: ScriptedAnswer | undefined } = {}
  const model = await startScriptedModel((request) => {
    const input_tokens = countedTokens(request)
    if (request.model === 'tiny') {
      if (strict.instead !== undefined) return strict.instead
      const text = `The record: ${facts(request.messages.at(-1)?.content ?? '').join(' ')}`
      return { text, input_tokens, output_tokens: Math.ceil(text.length / 3) }
    }
    const total = input_tokens + (request.max_tokens ?? 0)
    const [system, first] = request.messages
    if (total > window) refusals.push(`${total} tokens exceed the window of ${window}`)
    else if ((system?.role === 'system' ? first : system)?.role !== 'user') refusals.push('the first message must be of the user')
    else return { text: `Noted: ${request.messages.at(-1)?.content.slice(-40)}`, input_tokens, output_tokens: 20 }
    return { status: 400, text: refusals.at(-1) ?? '' }
  })
  return Object.assign(strict, { ...model, refusals })
}
