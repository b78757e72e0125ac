/** The reasoning of one answer: where providers put it, and its chunks. */
import type { ModelChunk } from '../../../shared/model/model.ts'
import { KeyRedactor } from '../../../shared/secrets/redact.ts'
import type { AnswerMessage } from './chunk.ts'

/** Makes the chunks of one answer's reasoning. It has no blank start. */
export class ReasoningText {
  readonly #redactor: KeyRedactor
  #hasText = false

  /** `key`: redacted from every chunk. */
  constructor(key: string) {
    this.#redactor = new KeyRedactor(key)
  }

  /** The chunk of the next text. Text that is held back becomes a keep-alive signal. */
  add(text: string): ModelChunk {
    const shown = this.#redactor.add(this.#hasText ? text : text.trimStart())
    this.#hasText ||= shown !== ''
    return shown === '' ? { type: 'text', text: '' } : { type: 'reasoning', text: shown }
  }

  /** The withheld text, when the answer begins or ends. */
  end(): ModelChunk[] {
    const rest = this.#redactor.flush()
    return rest === '' ? [] : [{ type: 'reasoning', text: rest }]
  }
}

/**
 * The reasoning in a message of OpenAI's chat dialect. Providers that send it in several fields repeat it, so the first field counts.
 * `reasoning_content`: DeepSeek, Kimi, Qwen, vLLM, LiteLLM. `reasoning`: OpenRouter, Groq, Ollama. Parts: Mistral.
 */
export function reasoningOf(message: AnswerMessage): string {
  const { reasoning_content, reasoning, thinking, reasoning_details, thinking_blocks, content } = message
  const parts = Array.isArray(content) ? content.filter((part) => isThought(part)) : []
  const candidates = [reasoning_content, reasoning, thinking, reasoning_details, thinking_blocks, parts]
  return candidates.map((value) => textIn(value, 0)).find((text) => text !== '') ?? ''
}

const isThought = (part: unknown): boolean =>
  typeof part === 'object' && part !== null && 'type' in part && /^(thinking|reasoning)/.test(String(part.type))

/** Lists and parts are at most this deep. */
const maxDepth = 3

/** The text in a field: a text, a part, or a list of these. Encrypted reasoning has none. */
function textIn(value: unknown, depth: number): string {
  if (typeof value === 'string') return value
  if (typeof value !== 'object' || value === null || depth > maxDepth) return ''
  if (Array.isArray(value)) return value.map((part) => textIn(part, depth + 1)).join('')
  const { text, thinking, summary, content } = value as Readonly<Record<string, unknown>>
  return textIn(text ?? thinking ?? summary ?? content, depth + 1)
}
