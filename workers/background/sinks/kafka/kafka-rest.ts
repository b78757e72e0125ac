/** A client of Kafka's REST API v2. It uses only what Strimzi, Confluent, Redpanda and Karapace have in common. */
import { z } from 'zod'
import { toPublishableJson } from '../../../../shared/events/cloud-event.ts'
import { readText } from '../../../../shared/lib/read-text.ts'
import { readVariable } from '../../../../shared/settings/variables.ts'
import { RecordRejected, SinkUnavailable } from '../../consume.ts'

/** The bridge's address, and its `Authorization` header. */
export interface KafkaSettings {
  readonly KAFKA_REST_URL: string
  readonly KAFKA_REST_AUTHORIZATION: string
}

/** A JSON record. Kafka keeps records with the same key in order. */
export interface JsonRecord {
  readonly key: string
  readonly value: unknown
}

/** Timeout of one record. A bridge without its broker waits for minutes. Milliseconds. */
export const produceMs = 10_000
/** Maximum bytes of a response. */
const maxResponseBytes = 1_048_576

/** One entry per record: its offset or its error. Bridges differ in the type of `error_code`. */
const Produced = z.object({
  offsets: z.array(z.object({ offset: z.number().nullish(), error_code: z.union([z.number(), z.string()]).nullish() })),
})

/**
 * Produces one record, and resolves when Kafka has it. Throws `SinkUnavailable` or, if Kafka rejects this record, `RecordRejected`.
 * One record per request: in a batch, a bridge may reject the first record and accept the second.
 */
export async function produce(settings: KafkaSettings, topic: string, record: JsonRecord, withinMs: number): Promise<void> {
  const { status, body } = await request(settings, `/topics/${topic}`, withinMs, {
    method: 'POST',
    headers: { 'content-type': 'application/vnd.kafka.json.v2+json', accept: 'application/vnd.kafka.v2+json' },
    body: toPublishableJson({ records: [record] }),
  })
  if (status === 413 || status === 422) throw new RecordRejected(`Kafka's bridge rejected this record (${status}); see the runbook`)
  if (status !== 200) throw unavailable(status, topic)
  const produced = Produced.safeParse(body)
  const [entry, ...others] = produced.data?.offsets ?? []
  if (!entry || others.length > 0) throw new SinkUnavailable('KAFKA_REST_URL is not a Kafka REST API v2')
  // A rejected record has an error code and no offset, or the offset -1.
  if (entry.error_code != null || typeof entry.offset !== 'number' || entry.offset < 0)
    throw new RecordRejected(`Kafka rejected this record (${rejectionCode(entry.error_code)}); see the runbook`)
}

/** The names of all topics. Throws `SinkUnavailable`. */
export async function topics(settings: KafkaSettings, withinMs: number): Promise<readonly string[]> {
  const { status, body } = await request(settings, '/topics', withinMs, { headers: { accept: 'application/vnd.kafka.v2+json' } })
  if (status !== 200) throw unavailable(status)
  const names = z.array(z.string()).safeParse(body)
  if (!names.success) throw new SinkUnavailable('KAFKA_REST_URL is not a Kafka REST API v2')
  return names.data
}

/** Sends a request to the bridge, with a timeout until the last byte. A body that is not JSON is undefined. */
async function request(
  settings: KafkaSettings,
  path: string,
  withinMs: number,
  init: RequestInit,
): Promise<{ status: number; body: unknown }> {
  const base = readVariable(settings, 'KAFKA_REST_URL')
  const authorization = readVariable(settings, 'KAFKA_REST_AUTHORIZATION')
  if (!base) throw new SinkUnavailable('KAFKA_REST_URL is not set')
  const headers = new Headers(init.headers)
  if (authorization) headers.set('authorization', authorization)
  try {
    const response = await fetch(`${base.replace(/\/+$/, '')}${path}`, {
      ...init,
      headers,
      // A redirect would forward the credentials.
      redirect: 'manual',
      signal: AbortSignal.timeout(withinMs),
    })
    return { status: response.status, body: parseJson(await readText(response, maxResponseBytes)) }
  } catch (error) {
    throw new SinkUnavailable("Kafka's bridge does not respond", { cause: error })
  }
}

function parseJson(text: string | null): unknown {
  try {
    return JSON.parse(text ?? '')
  } catch {
    return undefined
  }
}

/** The code as a log may name it: a number, also as text. Any other text can repeat the request or its credentials. */
const rejectionCode = (code: number | string | null | undefined): string =>
  code === null || code === undefined ? 'no offset' : /^-?\d{1,6}$/.test(String(code)) ? String(code) : 'an unknown code'

/** The error for a status, with the operator's next step. */
function unavailable(status: number, topic?: string): SinkUnavailable {
  if (status === 401 || status === 403)
    return new SinkUnavailable(`Kafka's bridge refuses the credentials (${status}): set KAFKA_REST_AUTHORIZATION`)
  if (status === 404 && topic) return new SinkUnavailable(`Kafka's bridge has no topic ${topic}: create it`)
  return new SinkUnavailable(`Kafka's bridge responds with ${status}`)
}
