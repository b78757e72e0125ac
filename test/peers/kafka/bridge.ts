/**
 * `node bridge.ts BROKER PORT`: the part of Kafka's REST API v2 that publishing needs, over a Kafka broker.
 * `GET /topics` lists the topics. `POST /topics/NAME` takes JSON records and answers each with its offset or its error.
 * Keys and values are stored as JSON, as in Confluent's proxy. It is a separate process, so that tests can stop and kill it.
 */
import { createServer } from 'node:http'

/** The part of the client that we use. Its own types are not installed in the project. */
interface Client {
  Producer: new (options: object) => { send(request: object): Promise<{ offsets?: { partition: number; offset: bigint }[] }> }
  Admin: new (options: object) => { listTopics(): Promise<string[]> }
}

const [broker = '', port = ''] = process.argv.slice(2)
const name = '@platformatic/kafka'
const { Producer, Admin } = (await import(name)) as Client
const options = { clientId: 'bridge', bootstrapBrokers: [broker], timeout: 3_000, connectTimeout: 1_000, retries: 1, retryDelay: 200 }
const producer = new Producer({ ...options, acks: -1 })
const admin = new Admin(options)

async function publish(topic: string, { key, value }: { key: unknown; value: unknown }): Promise<unknown> {
  try {
    const message = { topic, key: Buffer.from(JSON.stringify(key)), value: Buffer.from(JSON.stringify(value)) }
    const [stored] = (await producer.send({ messages: [message] })).offsets ?? []
    if (!stored) throw new Error('no offset')
    return { partition: stored.partition, offset: Number(stored.offset) }
  } catch (error) {
    return { partition: null, offset: null, error_code: 50_003, error: error instanceof Error ? error.message : 'failed' }
  }
}

createServer(async (request, response) => {
  const end = (status: number, body: unknown) =>
    response.writeHead(status, { 'content-type': 'application/vnd.kafka.v2+json' }).end(JSON.stringify(body))
  const [, topics, topic] = (request.url ?? '').split('/')
  if (topics !== 'topics') return end(404, { error_code: 404, message: 'not found' })
  try {
    if (request.method === 'GET') return end(200, await admin.listTopics())
    if (request.method !== 'POST' || !topic) return end(405, { error_code: 405, message: 'POST /topics/NAME' })
    if (request.headers['content-type'] !== 'application/vnd.kafka.json.v2+json') return end(415, { error_code: 415, message: 'JSON v2' })
    let bodyText = ''
    for await (const piece of request.setEncoding('utf8')) bodyText += piece
    const { records } = JSON.parse(bodyText) as { records: { key: unknown; value: unknown }[] }
    return end(200, {
      offsets: await Promise.all(records.map((record) => publish(topic, record))),
      key_schema_id: null,
      value_schema_id: null,
    })
  } catch (error) {
    return end(500, { error_code: 50_002, message: error instanceof Error ? error.message : 'failed' })
  }
}).listen(Number(port), '127.0.0.1')
