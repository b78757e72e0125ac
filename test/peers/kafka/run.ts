/** A stack that publishes to a real Kafka. The topic equals the logs after stops, kills and an outage of every dependency. */
import { isDeepStrictEqual } from 'node:util'
import { outboundTopic } from '../../../shared/events/cloud-event.ts'
import type { Event } from '../../../shared/events/event.ts'
import { startSystem } from './system.ts'

let passed = 0
let failed = 0
let skipped = 0

/** Runs one check. Checks after a failure are skipped, because a process may still be stopped. */
async function check(sentence: string, test: () => Promise<void>): Promise<void> {
  if (failed > 0) {
    skipped += 1
    return
  }
  const from = Date.now()
  try {
    await test()
    passed += 1
    console.log(`  ✓ ${sentence} (${((Date.now() - from) / 1_000).toFixed(1)} s)`)
  } catch (error) {
    failed += 1
    console.log(`  ✗ ${sentence}: ${String(error).slice(0, 1_000)}`)
  }
}

function same(actual: unknown, expected: unknown): void {
  if (!isDeepStrictEqual(actual, expected)) throw new Error(`${JSON.stringify(actual)}, not ${JSON.stringify(expected)}`)
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1))
const system = await startSystem()
try {
  const { kafka } = system

  /** Waits until a publish has failed, so that a backlog exists. */
  const untilFailed = (before: number) =>
    system.until(async () => {
      if (system.failures() === before) throw new Error('no publish was tried')
    })

  await check('sessions older than Kafka are published from their first event, even if no client opens them', async () => {
    await system.converse('before', 2)
    await system.converse('opened')
    await system.addKafka()
    await system.converse('opened')
    await system.untilPublished(['opened'])
    system.backUp()
    await system.untilPublished(['before'])
  })

  await check('the topic has each log, in order, as Kafka’s own consumer reads it', async () => {
    await Promise.all(['one', 'two', 'three'].map((name) => system.converse(name, 2)))
    await system.send('two', '/tool timestamp')
    await system.call('PATCH', '/v1/sessions/one', { title: 'A lone \ud83d surrogate, and 😀' })
    const published = await system.untilPublished(['one', 'two', 'three'])
    for (const { partition, key, event } of published) {
      same(key, JSON.stringify(event.partitionkey))
      same([event.tenant, event.subject, event.source], ['acme', 'alice', `/tenants/acme/sessions/${event.session}`])
      // Kafka keeps the order within a partition, so each session has one partition.
      same(new Set(published.filter((one) => one.key === key).map((one) => one.partition)), new Set([partition]))
    }
    if (new Set(published.map(({ partition }) => partition)).size < 2) throw new Error('all sessions are in one partition')
    await system.until(async () => same([(await system.ready()).kafka?.ok, await system.counted()], [true, true]))
  })

  await check('the last record of a deleted session is its deletion', async () => {
    await system.converse('gone')
    await system.untilPublished(['gone'])
    await system.call('DELETE', '/v1/sessions/gone')
    await system.until(async () => {
      const types = system.published('gone').map(({ event }) => event.type)
      same([types.at(-1), types.filter((type) => type === 'session.deleted').length], ['session.deleted', 1])
    })
  })

  await check('with the bridge stopped, chat and the copy in Postgres continue, /ready reports it, and the topic catches up', async () => {
    const failures = system.failures()
    system.bridge.freeze()
    await system.converse('one')
    await system.converse('during-stop')
    await system.untilCopied(['one', 'during-stop'])
    await system.until(async () => {
      const { kafka: state, status } = await system.ready()
      same([status, state?.ok, state?.detail?.includes('catch up')], ['degraded', false, true])
    })
    await untilFailed(failures)
    system.bridge.thaw()
    await system.untilPublished(['one', 'during-stop'])
  })

  await check('the same with the bridge killed during an answer', async () => {
    const failures = system.failures()
    await system.send('two', 'Tell me something long')
    await system.bridge.kill()
    await system.converse('during-kill')
    await system.untilCopied(['during-kill'])
    await untilFailed(failures)
    await system.bridge.start()
    await system.untilPublished(['two', 'during-kill'])
  })

  await check('the same with Kafka killed behind a running bridge', async () => {
    const failures = system.failures()
    await system.send('three', 'Tell me something long')
    await kafka.kill()
    await system.converse('during-crash')
    await system.untilCopied(['during-crash'])
    await system.until(async () => same((await system.ready()).kafka?.ok, false))
    await untilFailed(failures)
    await kafka.start()
    await system.untilPublished(['three', 'during-crash'])
  })

  await check('the same with Kafka stopped behind a waiting bridge', async () => {
    const failures = system.failures()
    kafka.freeze()
    await system.converse('during-freeze')
    await system.untilCopied(['during-freeze'])
    await untilFailed(failures)
    kafka.thaw()
    await system.untilPublished(['during-freeze'])
  })

  await check(
    'with Postgres, Redis and Kafka all stopped, chat and the session list continue, and then everything catches up',
    async () => {
      const failures = system.failures()
      await system.stopPostgres()
      await system.redis.kill()
      await system.bridge.kill()
      await kafka.kill()
      await system.converse('one')
      await system.converse('alone', 2)
      const list = (await (await system.call('GET', '/v1/sessions')).json()) as { sessions: { session_id: string }[] }
      same(
        list.sessions.slice(0, 2).map(({ session_id }) => session_id),
        ['alone', 'one'],
      )
      await system.until(async () => {
        const { status, kafka: state, postgres } = await system.ready()
        same([status, state?.ok, postgres?.ok], ['degraded', false, false])
      })
      await untilFailed(failures)
      await system.startPostgres()
      await system.redis.start()
      await kafka.start()
      await system.bridge.start()
      await Promise.all([system.untilPublished(['one', 'alone']), system.untilCopied(['one', 'alone'])])
      await system.until(async () => same([(await system.ready()).status, await system.counted()], ['ok', true]))
    },
  )

  await check('in total, no event is lost or out of order', async () => {
    const logs = await system.logs()
    await system.until(async () => {
      const records = system.parse(kafka.read(outboundTopic))
      const all = new Map<string, Event[]>()
      for (const { event } of records) {
        const seen = all.get(event.session) ?? []
        all.set(event.session, seen)
        // Skip duplicates. Any other event must follow the previous one.
        if (seen.some(({ seq }) => seq === event.data.seq)) continue
        if (event.data.seq <= (seen.at(-1)?.seq ?? 0)) throw new Error(`${event.id} is out of order`)
        seen.push(event.data as unknown as Event)
      }
      for (const [session, log] of logs) same(all.get(session), log)
      const unique = [...all.values()].flat().length
      console.log(`    ${logs.size} sessions, ${unique} events; duplicates: ${records.length - unique}; 0 lost, 0 out of order`)
    })
  })
} finally {
  await system.end()
}
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`)
process.exit(failed === 0 ? 0 : 1)
