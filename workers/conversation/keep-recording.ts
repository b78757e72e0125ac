/** Gives the session what the model sent in an attempt. Nothing waits for it. */
import { jobFields } from '../../shared/log/fields.ts'
import { unlessOlder } from '../../shared/older-release.ts'
import type { TurnJob } from '../../shared/turn/runner.ts'
import { logger } from './logger.ts'

/** The part of a session object that stores recordings. */
interface RecordingSession {
  record(recording: { turn_id: string; token: number; body: string; keepMs: number }): Promise<void>
}

/** Stores `body` for `days`. Never rejects: a replay then lacks the turn. */
export async function keepRecording(session: RecordingSession, job: TurnJob, body: string, days: number): Promise<void> {
  const { turn_id, token } = job
  try {
    await unlessOlder(() => session.record({ turn_id, token, body, keepMs: days * 86_400_000 }))
  } catch (error) {
    logger.write('recording.failed', { error, ...jobFields(job), token })
  }
}
