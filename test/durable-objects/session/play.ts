/** A runner that does what a test's script says. */
import { env } from 'cloudflare:workers'
import type { Session } from '../../../durable-objects/session/session.ts'
import type { RunnerLine, TurnJob } from '../../../shared/turn/runner.ts'

/** A line; or a `Gate` to wait for; or an end of the bytes without an `end`. */
export type Step = RunnerLine | Gate | 'break off'

/** Something a runner waits for until the test opens it. */
export class Gate {
  #open = false

  open(): void {
    this.#open = true
  }

  /** Polled: what one request resolves, another must not wait for. */
  async passed(signal: AbortSignal): Promise<void> {
    while (!this.#open && !signal.aborted) await new Promise((done) => setTimeout(done, 2))
  }
}

export const text = (text: string): RunnerLine => ({ type: 'text', text })
export const done: RunnerLine = { type: 'end', outcome: 'completed' }

export const sessions = env.SESSION as unknown as DurableObjectNamespace<Session>

/** What became of the streams that were handed over, by turn: `open` until the object wanted no more. */
export const streams = new Map<string, 'open' | 'closed'>()

/** Plays `steps` into the session, as a conversation Worker would. */
export const play =
  (...steps: Step[]) =>
  async ({ tenant, session, turn_id, token }: TurnJob): Promise<void> => {
    const attempt = new AbortController()
    const encoder = new TextEncoder()
    const left = [...steps]
    const stream = new ReadableStream({
      type: 'bytes',
      async pull(controller: ReadableByteStreamController) {
        let step = left.shift()
        while (step instanceof Gate) {
          await step.passed(attempt.signal)
          step = left.shift()
        }
        if (attempt.signal.aborted) return
        if (step && step !== 'break off') return controller.enqueue(encoder.encode(`${JSON.stringify(step)}\n`))
        controller.close()
        controller.byobRequest?.respond(0)
      },
    })
    streams.set(turn_id, 'open')
    try {
      await sessions.getByName(`${tenant}/${session}`).attach(turn_id, token, stream)
    } finally {
      streams.set(turn_id, 'closed')
      attempt.abort()
    }
  }
