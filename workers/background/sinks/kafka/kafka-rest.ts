/** The part of Kafka's REST API v2 that Strimzi's bridge, Confluent's proxy, Redpanda and Karapace have in common: producing, and naming topics. */
import { z } from 'zod'
import { publishable } from '../../../../shared/events/cloud-event.ts'
import { readText } from '../../../../shared/lib/read-text.ts'
import { readVariable } from '../../../../shared/settings/variables.ts'
import { RecordRejected, SinkUnavailable } from '../../consume.ts'

export interface KafkaSettings {
  readonly KAFKA_REST_URL: string
  readonly KAFKA_REST_AUTHORIZATION: string
}

/** A record of JSON, with the key that says which others it must stay in order with. */
export interface JsonRecord {
  readonly key: string
  readonly value: unknown
}

/** How long one record may take. A broker that is gone makes a bridge wait for minutes. */
export const produceMs = 10_000
/** What is read of an answer. */
const answerBytes = 1_048_576

/** One entry a record: where it lies, or why it does not. What is said of an error differs; that there is one does not. */
const Produced = z.object({
  offsets: z.array(z.object({ offset: z.number().nullish(), error_code: z.union([z.number(), z.string()]).nullish() })),
})

/**
 * Puts one record onto `topic`, and answers once it is there. Throws `CopyAway` when no record could be, `CopyRefused` when this one is
 * not taken. One at a time: of several in a request a bridge may refuse the first and take the second, and nothing takes it back.
 */
export async function produce(settings: KafkaSettings, topic: string, record: JsonRecord, withinMs: number): Promise<void> {
  const { status, body } = await ask(settings, `/topics/${topic}`, withinMs, {
    method: 'POST',
    headers: { 'content-type': 'application/vnd.kafka.json.v2+json', accept: 'application/vnd.kafka.v2+json' },
    body: publishable({ records: [record] }),
  })
  if (status === 413 || status === 422) throw new RecordRejected(`Kafka's bridge does not take this record (${status}); see the runbook`)
  if (status !== 200) throw away(status, topic)
  const answer = Produced.safeParse(body)
  const [entry, ...others] = answer.data?.offsets ?? []
  if (!entry || others.length > 0) throw new SinkUnavailable('what answers at KAFKA_REST_URL is no Kafka REST API v2')
  // A refused record has an error code and no offset; in some bridges the offset -1.
  if (entry.error_code != null || typeof entry.offset !== 'number' || entry.offset < 0)
    throw new RecordRejected(`Kafka did not take this record (${entry.error_code ?? 'no offset'}); see the runbook`)
}

/** The topics that there are. Throws `CopyAway`. */
export async function topics(settings: KafkaSettings, withinMs: number): Promise<readonly string[]> {
  const { status, body } = await ask(settings, '/topics', withinMs, { headers: { accept: 'application/vnd.kafka.v2+json' } })
  if (status !== 200) throw away(status)
  const names = z.array(z.string()).safeParse(body)
  if (!names.success) throw new SinkUnavailable('what answers at KAFKA_REST_URL is no Kafka REST API v2')
  return names.data
}

/** Asks the bridge, for no longer than `withinMs` until the last byte. A body that is not JSON is undefined. */
async function ask(settings: KafkaSettings, path: string, withinMs: number, init: RequestInit): Promise<{ status: number; body: unknown }> {
  const base = readVariable(settings, 'KAFKA_REST_URL')
  const authorization = readVariable(settings, 'KAFKA_REST_AUTHORIZATION')
  if (!base) throw new SinkUnavailable('KAFKA_REST_URL is not set')
  const headers = new Headers(init.headers)
  if (authorization) headers.set('authorization', authorization)
  try {
    const response = await fetch(`${base.replace(/\/+$/, '')}${path}`, {
      ...init,
      headers,
      // It would take the credentials along.
      redirect: 'manual',
      signal: AbortSignal.timeout(withinMs),
    })
    return { status: response.status, body: json(await readText(response, answerBytes)) }
  } catch (error) {
    throw new SinkUnavailable("Kafka's bridge does not answer", { cause: error })
  }
}

function json(text: string | null): unknown {
  try {
    return JSON.parse(text ?? '')
  } catch {
    return undefined
  }
}

/** What a status says to whoever runs it. */
function away(status: number, topic?: string): SinkUnavailable {
  if (status === 401 || status === 403) return new SinkUnavailable(`Kafka's bridge refuses us (${status}): set KAFKA_REST_AUTHORIZATION`)
  if (status === 404 && topic) return new SinkUnavailable(`Kafka's bridge knows no topic ${topic}: create it`)
  return new SinkUnavailable(`Kafka's bridge answers ${status}`)
}
