/** The log line of one attempt, from the lines of its runner. */
import { jobFields } from '../../shared/log/fields.ts'
import type { RunnerLine, TurnJob } from '../../shared/turn/runner.ts'
import { logger } from './logger.ts'

/** Collects the outcome and usage of an attempt. */
export interface AttemptLog {
  observe(line: RunnerLine): void
  /** Writes the line. Without an `end` line, the session cancelled the attempt: `cancelled`. */
  end(): void
}

/** The log of a new attempt at `job`. */
export function attemptLog(job: TurnJob): AttemptLog {
  const startedAt = Date.now()
  let outcome: Extract<RunnerLine, { type: 'end' }>['outcome'] | 'cancelled' = 'cancelled'
  let usage: Extract<RunnerLine, { type: 'usage' }>['usage'] | undefined
  return {
    observe(line) {
      if (line.type === 'end') outcome = line.outcome
      if (line.type === 'usage') usage = line.usage
    },
    end() {
      const { token } = job
      const { input_tokens, output_tokens } = usage ?? {}
      logger.write('attempt.ended', { ...jobFields(job), token, outcome, ms: Date.now() - startedAt, input_tokens, output_tokens })
    },
  }
}
