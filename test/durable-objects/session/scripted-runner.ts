/** A runner that plays a script. */
import { env } from 'cloudflare:workers'
import type { Session } from '../../../durable-objects/session/session.ts'
import type { RunnerLine, TurnJob } from '../../../shared/turn/runner.ts'

/** A line, a `Gate` to wait for, or an end of the stream without an `end` line. */
export type Step = RunnerLine | Gate | 'break off'

/** A runner waits at a gate until the test opens it. */
export class Gate {
  #isOpen = false

  open(): void {
    this.#isOpen = true
  }

  /** Polled, because one request must not wait for a promise that another resolves. */
  async waitUntilOpen(signal: AbortSignal): Promise<void> {
    while (!this.#isOpen && !signal.aborted) await new Promise((done) => setTimeout(done, 2))
  }
}

export const text = (text: string): RunnerLine => ({ type: 'text', text })
export const done: RunnerLine = { type: 'end', outcome: 'completed' }

export const sessions = env.SESSION as unknown as DurableObjectNamespace<Session>

/** The attached streams by turn: `open` until the object needs no more. */
export const streams = new Map<string, 'open' | 'closed'>()

/** Plays `steps` into the session, as the conversation Worker would. */
export const play =
  (...steps: Step[]) =>
  async ({ tenant, session, turn_id, token }: TurnJob): Promise<void> => {
    const attempt = new AbortController()
    const encoder = new TextEncoder()
    const remaining = [...steps]
    const stream = new ReadableStream({
      type: 'bytes',
      async pull(controller: ReadableByteStreamController) {
        let step = remaining.shift()
        while (step instanceof Gate) {
          await step.waitUntilOpen(attempt.signal)
          step = remaining.shift()
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
