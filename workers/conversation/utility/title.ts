/** Writes the title of a session after its first answer. Nothing waits for it. */
import type { ModelMessage } from '../../../shared/model/model.ts'
import { unlessOlder } from '../../../shared/older-release.ts'
import { cleanTitle, titleInput, titleInstructions } from '../../../shared/session/model-title.ts'
import type { RunnerLine } from '../../../shared/turn/runner.ts'
import type { UtilityModel } from './utility-model.ts'

/** The most tokens of the answer: a title, and what a model thinks before it. */
const titleTokens = 512
/** UTF-16 units of the answer that are kept for the title. */
const keptUnits = 2_000

/** The part of a session object that takes a title. */
interface TitledSession {
  titleFromModel(turnId: string, text: string): Promise<void>
}

/** Collects the beginning of an answer, and whether it was completed. */
export class AnswerStart {
  text = ''
  isCompleted = false

  observe(line: RunnerLine): void {
    if (line.type === 'text' && this.text.length < keptUnits) this.text += line.text.slice(0, keptUnits - this.text.length)
    if (line.type === 'end') this.isCompleted = line.outcome === 'completed'
  }
}

/** Asks `utility` for a title and records it. The session keeps a title that it has, so a repetition changes nothing. */
export async function writeTitle(
  session: TitledSession,
  turnId: string,
  messages: readonly ModelMessage[],
  answer: string,
  utility: UtilityModel,
): Promise<void> {
  const message = messages.findLast(({ role }) => role === 'user')
  if (!message) return
  const input = titleInput(message.text, answer)
  const written = await utility.run({ name: 'title', instructions: titleInstructions, input, maxTokens: titleTokens })
  if (!written.ok || cleanTitle(written.text) === '') return
  await unlessOlder(() => session.titleFromModel(turnId, written.text))
}
