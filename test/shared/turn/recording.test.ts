import { describe, expect, it } from 'vitest'
import { type Model, type ModelChunk, ModelError, type ModelRequest } from '../../../shared/model/model.ts'
import type { ToolSpec } from '../../../shared/tool/tool.ts'
import { AttemptRecorder, NotRecorded, promptHash, Recording, recordedModel, recordedTools } from '../../../shared/turn/recording.ts'
import { recordingUnits } from '../../../shared/turn/recording-limits.ts'
import { defaultTimeouts, runAttempt } from '../../../shared/turn/run.ts'
import type { RunnerLine } from '../../../shared/turn/runner.ts'

const look: ToolSpec = { name: 'look', description: 'Looks.', parameters: {}, effect: 'once', timeout_ms: 5_000 }
const job = { messages: [{ role: 'user', text: 'hello' }], metadata: {}, at: 0 } satisfies Partial<ModelRequest>
const timeouts = { ...defaultTimeouts, retryMs: [0, 0] }

/** A model that plays one script per call. */
const scripted = (...scripts: (ModelChunk | Error)[][]): Model => ({
  async *answer() {
    for (const step of scripts.shift() ?? []) {
      if (step instanceof Error) throw step
      yield step
    }
  },
})

async function linesOf(model: Model, tools: ToolSpec[] = [look], recorder?: AttemptRecorder): Promise<RunnerLine[]> {
  const lines: RunnerLine[] = []
  for await (const line of runAttempt(model, job, new AbortController().signal, timeouts, tools)) {
    recorder?.observe(line)
    // Retry notices name the pause, which a replay leaves out.
    if (line.type !== 'alive' || line.answered_by || line.reasoning !== undefined) lines.push(line)
  }
  return lines
}

/** The lines of an attempt, and its recording. */
async function recorded(model: Model, isOn = true) {
  const recorder = new AttemptRecorder(async () => isOn)
  return { lines: await linesOf(recorder.record(model), [look], recorder), body: recorder.body }
}

const text = (content: string): ModelChunk => ({ type: 'text', text: content })
const call: ModelChunk = { type: 'call', name: 'look', arguments: '{"at":1}', provider_fields: '{"x":1}' }
const usage: ModelChunk = { type: 'usage', usage: { input_tokens: 3, output_tokens: 2 } }

describe('The recording of an attempt', () => {
  it.each<[string, (ModelChunk | Error)[][]]>([
    ['text in odd pieces', [[text('He\ud83d'), text('\ude00llo'), { type: 'alive' }, text(''), usage]]],
    [
      'reasoning, calls and facts',
      [[{ type: 'answered_by', answered_by: { model: 'm' } }, { type: 'reasoning', text: 'Hm.' }, text('I look.'), call, usage]],
    ],
    ['a cut answer', [[text('Half'), { type: 'cut' }]]],
    ['an answer that began again', [[text('wrong'), { type: 'text_void' }, text('right'), usage]]],
    ['a failure after retries', [[new ModelError('Busy.', {})], [new ModelError('Busy.', { afterMs: 1 })], [new ModelError('Broken.')]]],
    ['an answer after a retry', [[new ModelError('Busy.', {})], [text('There.'), usage]]],
    [
      'a failure that names the provider',
      [[text('A'), new ModelError('No.', undefined, { status: 400, provider_code: undefined, said: 'bad' })]],
    ],
  ])('plays back %s', async (_, scripts) => {
    const { lines, body = '' } = await recorded(scripted(...scripts.map((script) => [...script])))
    const recording = Recording.parse(JSON.parse(body))
    expect(recording.prompt_sha256).toBe(promptHash(job.messages))
    expect(await linesOf(recordedModel(recording), recordedTools(recording))).toEqual(lines)
  })

  it('needs the tools as they were', async () => {
    const { body = '' } = await recorded(scripted([call, usage]))
    expect(Recording.parse(JSON.parse(body)).tools).toEqual([{ name: 'look', effect: 'once', timeout_ms: 5_000 }])
  })

  it('does not exist if the workspace records nothing, beyond the limit, and without an end', async () => {
    expect((await recorded(scripted([text('Hi')]), false)).body).toBeUndefined()
    expect((await recorded(scripted([text('x'.repeat(recordingUnits)), text('y')]))).body).toBeUndefined()
    const recorder = new AttemptRecorder(async () => true)
    for await (const _ of recorder.record(scripted([text('Hi')])).answer(job as never, new AbortController().signal));
    expect(recorder.body).toBeUndefined()
  })

  it('cannot play a call that was stopped, or more calls than it has', async () => {
    const recording: Recording = { version: 1, prompt_sha256: '', calls: [{ chunks: [], end: 'stopped' }], tools: [] }
    await expect(linesOf(recordedModel(recording))).rejects.toThrow(NotRecorded)
    await expect(linesOf(recordedModel({ ...recording, calls: [] }))).rejects.toThrow(NotRecorded)
  })
})
