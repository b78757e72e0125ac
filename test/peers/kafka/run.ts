/** A stack that publishes to a real Kafka. The topic equals the logs after stops, kills and an outage of every dependency. */
import { isDeepStrictEqual } from 'node:util'
import { outboundTopic } from '../../../shared/events/cloud-event.ts'
import type { Event } from '../../../shared/events/event.ts'
import { startSystem } from './system.ts'

let passed = 0
let failed = 0
let skipped = 0

/** Runs one check. Checks after a failure are skipped, because a process may still be stopped. */
async function runCheck(sentence: string, test: () => Promise<void>): Promise<void> {
  if (failed > 0) {
    skipped += 1
    return
  }
  const startedAt = Date.now()
  try {
    await test()
    passed += 1
    console.log(`  ✓ ${sentence} (${((Date.now() - startedAt) / 1_000).toFixed(1)} s)`)
  } catch (error) {
    failed += 1
    console.log(`  ✗ ${sentence}: ${String(error).slice(0, 1_000)}`)
  }
}

function assertEqual(actual: unknown, expected: unknown): void {
  if (!isDeepStrictEqual(actual, expected)) throw new Error(`${JSON.stringify(actual)}, not ${JSON.stringify(expected)}`)
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1))
const system = await startSystem()
try {
  const { kafka } = system

  /** Waits until a publish has failed, so that a backlog exists. */
  const waitForFailure = (before: number) =>
    system.until(async () => {
      if (system.failures() === before) throw new Error('no publish was tried')
    })

  await runCheck('sessions older than Kafka are published from their first event, even if no client opens them', async () => {
    await system.converseAndWait('before', 2)
    await system.converseAndWait('opened')
    await system.addKafka()
    await system.converseAndWait('opened')
    await system.untilPublished(['opened'])
    system.backUp()
    await system.untilPublished(['before'])
  })

  await runCheck('the topic has each log, in order, as Kafka’s own consumer reads it', async () => {
    await Promise.all(['one', 'two', 'three'].map((name) => system.converseAndWait(name, 2)))
    await system.send('two', '/tool timestamp')
    await system.call('PATCH', '/v1/sessions/one', { title: 'A lone \ud83d surrogate, and 😀' })
    const published = await system.untilPublished(['one', 'two', 'three'])
    for (const { partition, key, event } of published) {
      assertEqual(key, JSON.stringify(event.partitionkey))
      assertEqual([event.tenant, event.subject, event.source], ['acme', 'alice', `/tenants/acme/sessions/${event.session}`])
      // Kafka keeps the order within a partition, so each session has one partition.
      assertEqual(new Set(published.filter((record) => record.key === key).map((record) => record.partition)), new Set([partition]))
    }
    if (new Set(published.map(({ partition }) => partition)).size < 2) throw new Error('all sessions are in one partition')
    await system.until(async () => assertEqual([(await system.ready()).kafka?.ok, await system.countsInRedis()], [true, true]))
  })

  await runCheck('the last record of a deleted session is its deletion', async () => {
    await system.converseAndWait('gone')
    await system.untilPublished(['gone'])
    await system.call('DELETE', '/v1/sessions/gone')
    await system.until(async () => {
      const types = system.published('gone').map(({ event }) => event.type)
      assertEqual([types.at(-1), types.filter((type) => type === 'session.deleted').length], ['session.deleted', 1])
    })
  })

  await runCheck(
    'with the bridge stopped, chat and the copy in Postgres continue, /ready reports it, and the topic catches up',
    async () => {
      const failures = system.failures()
      system.bridge.pause()
      await system.converseAndWait('one')
      await system.converseAndWait('during-stop')
      await system.untilCopied(['one', 'during-stop'])
      await system.until(async () => {
        const { kafka: state, status } = await system.ready()
        assertEqual([status, state?.ok, state?.detail?.includes('catch up')], ['degraded', false, true])
      })
      await waitForFailure(failures)
      system.bridge.resume()
      await system.untilPublished(['one', 'during-stop'])
    },
  )

  await runCheck('the same with the bridge killed during an answer', async () => {
    const failures = system.failures()
    await system.send('two', 'Tell me something long')
    await system.bridge.kill()
    await system.converseAndWait('during-kill')
    await system.untilCopied(['during-kill'])
    await waitForFailure(failures)
    await system.bridge.start()
    await system.untilPublished(['two', 'during-kill'])
  })

  await runCheck('the same with Kafka killed behind a running bridge', async () => {
    const failures = system.failures()
    await system.send('three', 'Tell me something long')
    await kafka.kill()
    await system.converseAndWait('during-crash')
    await system.untilCopied(['during-crash'])
    await system.until(async () => assertEqual((await system.ready()).kafka?.ok, false))
    await waitForFailure(failures)
    await kafka.start()
    await system.untilPublished(['three', 'during-crash'])
  })

  await runCheck('the same with Kafka stopped behind a waiting bridge', async () => {
    const failures = system.failures()
    kafka.pause()
    await system.converseAndWait('during-freeze')
    await system.untilCopied(['during-freeze'])
    await waitForFailure(failures)
    kafka.resume()
    await system.untilPublished(['during-freeze'])
  })

  await runCheck(
    'with Postgres, Redis and Kafka all stopped, chat and the session list continue, and then everything catches up',
    async () => {
      const failures = system.failures()
      await system.stopPostgres()
      await system.redis.kill()
      await system.bridge.kill()
      await kafka.kill()
      await system.converseAndWait('one')
      await system.converseAndWait('alone', 2)
      const list = (await (await system.call('GET', '/v1/sessions')).json()) as { sessions: { session_id: string }[] }
      assertEqual(
        list.sessions.slice(0, 2).map(({ session_id }) => session_id),
        ['alone', 'one'],
      )
      await system.until(async () => {
        const { status, kafka: state, postgres } = await system.ready()
        assertEqual([status, state?.ok, postgres?.ok], ['degraded', false, false])
      })
      await waitForFailure(failures)
      await system.startPostgres()
      await system.redis.start()
      await kafka.start()
      await system.bridge.start()
      await Promise.all([system.untilPublished(['one', 'alone']), system.untilCopied(['one', 'alone'])])
      await system.until(async () => assertEqual([(await system.ready()).status, await system.countsInRedis()], ['ok', true]))
    },
  )

  await runCheck('in total, no event is lost or out of order', async () => {
    const logs = await system.logs()
    await system.until(async () => {
      const records = system.parse(kafka.read(outboundTopic))
      const eventsBySession = new Map<string, Event[]>()
      for (const { event } of records) {
        const previous = eventsBySession.get(event.session) ?? []
        eventsBySession.set(event.session, previous)
        // Skip duplicates. Any other event must follow the previous one.
        if (previous.some(({ seq }) => seq === event.data.seq)) continue
        if (event.data.seq <= (previous.at(-1)?.seq ?? 0)) throw new Error(`${event.id} is out of order`)
        previous.push(event.data as unknown as Event)
      }
      for (const [session, log] of logs) assertEqual(eventsBySession.get(session), log)
      const unique = [...eventsBySession.values()].flat().length
      console.log(`    ${logs.size} sessions, ${unique} events; duplicates: ${records.length - unique}; 0 lost, 0 out of order`)
    })
  })
} finally {
  await system.end()
}
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`)
process.exit(failed === 0 ? 0 : 1)
