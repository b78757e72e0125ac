/** A stack that publishes to a real Kafka: what lies there is the log, whatever is stopped or killed meanwhile. And everything away at once. */
import { isDeepStrictEqual } from 'node:util'
import { outboundTopic } from '../../../shared/events/cloud-event.ts'
import type { Event } from '../../../shared/events/event.ts'
import { setScene } from './scene.ts'

let passed = 0
let failed = 0
let skipped = 0

/** After one that failed nothing is as the next expects it: something may still be stopped. */
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

function same(found: unknown, expected: unknown): void {
  if (!isDeepStrictEqual(found, expected)) throw new Error(`${JSON.stringify(found)}, not ${JSON.stringify(expected)}`)
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1))
const scene = await setScene()
try {
  const { kafka } = scene

  /** Until it was tried, and failed: only then is there something to catch up with. */
  const untilFailed = (before: number) =>
    scene.until(async () => {
      if (scene.failures() === before) throw new Error('nobody has tried to publish')
    })

  await check('sessions that were there before Kafka are published from their first event, also those that nobody opens', async () => {
    await scene.talk('before', 2)
    await scene.talk('opened')
    await scene.addKafka()
    await scene.talk('opened')
    await scene.untilPublished(['opened'])
    scene.backUp()
    await scene.untilPublished(['before'])
  })

  await check('what lies on the topic is each log, in order, as Kafka’s own consumer reads it', async () => {
    await Promise.all(['one', 'two', 'three'].map((name) => scene.talk(name, 2)))
    await scene.send('two', '/tool timestamp')
    await scene.call('PATCH', '/v1/sessions/one', { title: 'A lone \ud83d surrogate, and 😀' })
    const published = await scene.untilPublished(['one', 'two', 'three'])
    for (const { partition, key, event } of published) {
      same(key, JSON.stringify(event.partitionkey))
      same([event.tenant, event.subject, event.source], ['acme', 'alice', `/tenants/acme/sessions/${event.session}`])
      // Order is kept within a partition: a session lies in one.
      same(new Set(published.filter((one) => one.key === key).map((one) => one.partition)), new Set([partition]))
    }
    if (new Set(published.map(({ partition }) => partition)).size < 2) throw new Error('all sessions lie in one partition')
    await scene.until(async () => same([(await scene.ready()).kafka?.ok, await scene.counted()], [true, true]))
  })

  await check('a deleted session ends with its deletion', async () => {
    await scene.talk('gone')
    await scene.untilPublished(['gone'])
    await scene.call('DELETE', '/v1/sessions/gone')
    await scene.until(async () => {
      const types = scene.published('gone').map(({ event }) => event.type)
      same([types.at(-1), types.filter((type) => type === 'session.deleted').length], ['session.deleted', 1])
    })
  })

  await check('with the bridge stopped, chat and the copy in Postgres go on, /ready says so, and the topic catches up', async () => {
    const failures = scene.failures()
    scene.bridge.freeze()
    await scene.talk('one')
    await scene.talk('during-stop')
    await scene.untilCopied(['one', 'during-stop'])
    await scene.until(async () => {
      const { kafka: state, status } = await scene.ready()
      same([status, state?.ok, state?.detail?.includes('catch up')], ['degraded', false, true])
    })
    await untilFailed(failures)
    scene.bridge.thaw()
    await scene.untilPublished(['one', 'during-stop'])
  })

  await check('with the bridge killed in mid-answer, likewise', async () => {
    const failures = scene.failures()
    await scene.send('two', 'Tell me something long')
    await scene.bridge.kill()
    await scene.talk('during-kill')
    await scene.untilCopied(['during-kill'])
    await untilFailed(failures)
    await scene.bridge.start()
    await scene.untilPublished(['two', 'during-kill'])
  })

  await check('with Kafka killed under a bridge that stays, likewise', async () => {
    const failures = scene.failures()
    await scene.send('three', 'Tell me something long')
    await kafka.kill()
    await scene.talk('during-crash')
    await scene.untilCopied(['during-crash'])
    await scene.until(async () => same((await scene.ready()).kafka?.ok, false))
    await untilFailed(failures)
    await kafka.start()
    await scene.untilPublished(['three', 'during-crash'])
  })

  await check('with Kafka stopped under a bridge that waits for it, likewise', async () => {
    const failures = scene.failures()
    kafka.freeze()
    await scene.talk('during-freeze')
    await scene.untilCopied(['during-freeze'])
    await untilFailed(failures)
    kafka.thaw()
    await scene.untilPublished(['during-freeze'])
  })

  await check('with Postgres, Redis and Kafka all stopped, chat and the list go on, and then everything catches up', async () => {
    const failures = scene.failures()
    await scene.stopPostgres()
    await scene.redis.kill()
    await scene.bridge.kill()
    await kafka.kill()
    await scene.talk('one')
    await scene.talk('alone', 2)
    const list = (await (await scene.call('GET', '/v1/sessions')).json()) as { sessions: { session_id: string }[] }
    same(
      list.sessions.slice(0, 2).map(({ session_id }) => session_id),
      ['alone', 'one'],
    )
    await scene.until(async () => {
      const { status, kafka: state, postgres } = await scene.ready()
      same([status, state?.ok, postgres?.ok], ['degraded', false, false])
    })
    await untilFailed(failures)
    await scene.startPostgres()
    await scene.redis.start()
    await kafka.start()
    await scene.bridge.start()
    await Promise.all([scene.untilPublished(['one', 'alone']), scene.untilCopied(['one', 'alone'])])
    await scene.until(async () => same([(await scene.ready()).status, await scene.counted()], ['ok', true]))
  })

  await check('and in all, nothing is lost and nothing overtook', async () => {
    const logs = await scene.logs()
    await scene.until(async () => {
      const lying = scene.parse(kafka.read(outboundTopic))
      const all = new Map<string, Event[]>()
      for (const { event } of lying) {
        const seen = all.get(event.session) ?? []
        all.set(event.session, seen)
        // A duplicate is one of those that came already; anything else comes right behind.
        if (seen.some(({ seq }) => seq === event.data.seq)) continue
        if (event.data.seq <= (seen.at(-1)?.seq ?? 0)) throw new Error(`${event.id} came too late`)
        seen.push(event.data as unknown as Event)
      }
      for (const [session, log] of logs) same(all.get(session), log)
      const unique = [...all.values()].flat().length
      console.log(`    ${logs.size} sessions, ${unique} events; duplicates: ${lying.length - unique}; 0 lost, 0 out of order`)
    })
  })
} finally {
  await scene.end()
}
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`)
process.exit(failed === 0 ? 0 : 1)
