/** A model whose answers follow a JSON Schema, or fail. It is asked once to repair an answer that does not. */
import type { Usage } from '../../../shared/events/event.ts'
import { answerProblem, formatFailure, type ResponseFormat, repairRequest } from '../../../shared/json-schema/response-format.ts'
import { type Model, ModelError } from '../../../shared/model/model.ts'
import { addUsage } from '../../../shared/model/usage.ts'

/** What a call asks for. */
interface AskedForm {
  /** Undefined: text. */
  readonly format: ResponseFormat | undefined
  /** Its reader reads `text_void`. Otherwise a wrong answer fails at once. */
  readonly restarts: boolean
}

/** An answer that requests tools is not the last one, so it is not checked. `asked` is resolved at each call. */
export const structured = (model: Model, asked: () => Promise<AskedForm>): Model => ({
  async *answer(original, signal) {
    const { format, restarts } = await asked()
    if (!format) return yield* model.answer(original, signal)
    let request = { ...original, responseFormat: format }
    let before: Usage | null = null
    for (let isRepair = false; ; isRepair = true) {
      let text = ''
      let hasCalls = false
      let used: Usage | null = before
      for await (const chunk of model.answer(request, signal)) {
        if (chunk.type === 'text') text += chunk.text
        if (chunk.type === 'call') hasCalls = true
        if (chunk.type === 'cut') throw new ModelError("The answer reached the model's length limit before its JSON was complete.")
        if (chunk.type === 'usage') used = before ? addUsage(before, chunk.usage) : chunk.usage
        yield chunk.type === 'usage' ? { ...chunk, usage: used ?? chunk.usage } : chunk
      }
      const problem = hasCalls ? undefined : answerProblem(format, text)
      if (problem === undefined) return
      if (isRepair || !restarts) throw new ModelError(formatFailure(format, problem, isRepair))
      yield { type: 'text_void' }
      before = used
      request = {
        ...request,
        followUp: [
          { role: 'assistant', text },
          { role: 'user', text: repairRequest(format, problem) },
        ],
      }
    }
  },
})
