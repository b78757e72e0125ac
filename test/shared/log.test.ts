/** The content of log lines, and the content that they must never have. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { describeError, OwnError } from '../../shared/log/error.ts'
import { logEvents } from '../../shared/log/events.ts'
import { jobFields, logFields } from '../../shared/log/fields.ts'
import { type LineDetails, Logger, logLine } from '../../shared/log.ts'

const secret = 'sk-CANARY-0a1b2c3d4e5f6071'
const content = 'my diagnosis is private'
const request = '3f1c9a52-7d0e-4b57-9a3e-0c5d2e8b1f64'
const turn = '0e9b2d14-1c7f-4a08-8f6d-6b3a9c5e7d20'

/** A line with unchecked field types. */
const lineOf = (fields: unknown): string => logLine('gateway', 'request.failed', fields as LineDetails, 1_000)
const expectNoContent = (line: string) => {
  assert.ok(!line.includes(secret), line)
  assert.ok(!line.includes(content), line)
}

describe('A log line', () => {
  it('starts with time, level, event and service, and keeps the order of the fields', () => {
    const line = logLine('state', 'turn.ended', { outcome: 'completed', turn, session: 's1', tenant: 'acme', request }, 1_000)
    assert.equal(
      line,
      `{"at":1000,"level":"info","event":"turn.ended","service":"state","request":"${request}","tenant":"acme","session":"s1","turn":"${turn}","outcome":"completed"}`,
    )
  })

  it('names a job by its request, tenant, session, turn and call', () => {
    const job = { request, tenant: 'acme', session: 's1', turn_id: turn, call_id: turn, arguments: content }
    assert.deepEqual(jobFields(job), { request, tenant: 'acme', session: 's1', turn, call: turn })
  })

  it('rejects undeclared events, and drops undeclared fields', () => {
    // @ts-expect-error
    assert.throws(() => logLine('gateway', 'request.guessed'))
    // @ts-expect-error
    const line = logLine('gateway', 'request.ended', { prompt: content })
    expectNoContent(line)
    // @ts-expect-error
    assert.ok(logLine('tools', 'call.ended', { outcome: content }).includes('"outcome":"?"'))
  })

  it('writes ? for a value of another form than declared', () => {
    // `said` takes text that `shared/secrets/redact.ts` has masked.
    for (const name of Object.keys(logFields).filter((name) => name !== 'said')) {
      const line = lineOf({ [name]: content })
      expectNoContent(line)
      assert.equal(JSON.parse(line)[name], '?')
    }
    for (const value of [{ text: content }, [content], () => content, Number.NaN]) expectNoContent(lineOf({ status: value, turn: value }))
  })

  it('has no generated id that can contain a secret', () => {
    for (const name of ['request', 'turn', 'call', 'method', 'route', 'status', 'outcome', 'ms', 'consumer', 'timer', 'why'])
      expectNoContent(lineOf({ [name]: secret }))
  })
})

describe('An error in a log line', () => {
  const nested = () =>
    new TypeError(`no ${secret}`, {
      cause: Object.assign(new Error(content, { cause: new RangeError(secret) }), { code: 'ECONNREFUSED', detail: content }),
    })

  it('shows its class, a code, the classes of its causes, and frames', () => {
    const described = describeError(nested())
    assert.equal(described.error, 'TypeError')
    assert.equal(described.code, 'ECONNREFUSED')
    assert.equal(described.cause, 'Error < RangeError')
    assert.match(described.frames ?? '', /log\.test\.ts:\d+:\d+/)
  })

  it('omits messages: its own, those of causes, in names, codes and stacks', () => {
    const renamed = Object.assign(new Error(content), { name: `${secret} ${content}`, code: `${secret} ${content}` })
    const frameLike = new Error(`x\n    at ${secret}:1:1\n    at f (${secret}:1:1)`)
    const reworded = Object.assign(new Error(`${content}\n    at ${secret}:1:1`), { message: 'harmless' })
    const cleared = Object.assign(new Error(`${content}\n    at ${secret}:1:1`), { message: '' })
    const shortened = Object.assign(new Error(`a ${content}\n    at ${secret}:1:1`), { message: 'a' })
    const unread = Object.assign(new Error('x'), { stack: `Error: x${secret}\n    at ${secret}:1:1` })
    for (const error of [nested(), renamed, frameLike, reworded, cleared, shortened, unread, content, secret, { message: content }, null])
      expectNoContent(lineOf({ error }))
  })

  it('never shows a message of any form', () => {
    const part = fc.oneof(fc.string(), fc.constantFrom('\n', '    at ', 'Error: ', ':1:1', ' (', ')', secret))
    fc.assert(
      fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
        const message = parts.join('') + secret
        expectNoContent(lineOf({ error: new Error(message, { cause: new Error(message) }) }))
      }),
    )
  })

  it('shows the message of an `OwnError`', () => {
    class UnavailableError extends OwnError {}
    assert.equal(
      describeError(new UnavailableError('Postgres cannot be reached', { cause: new Error(secret) })).detail,
      'Postgres cannot be reached',
    )
  })
})

describe('A logger', () => {
  it('writes the lines of its level and above, by console method', () => {
    const lines: string[] = []
    const { log, warn, error } = console
    for (const method of ['log', 'warn', 'error'] as const)
      console[method] = (line: string) => void lines.push(`${method} ${JSON.parse(line).event}`)
    const logger = new Logger('tools')
    const all = () => {
      for (const event of ['probe.ended', 'call.ended', 'audit.unreadable', 'tool.failed'] as const) logger.write(event)
      return lines.splice(0)
    }
    assert.deepEqual(all(), ['warn audit.unreadable', 'error tool.failed'])
    logger.setLevel('error')
    assert.deepEqual(all(), ['error tool.failed'])
    logger.setLevel('debug')
    assert.equal(all().length, 4)
    for (const text of ['info', '', undefined, 'loud']) {
      logger.setLevel(text)
      assert.deepEqual(all(), ['log call.ended', 'warn audit.unreadable', 'error tool.failed'])
    }
    Object.assign(console, { log, warn, error })
  })

  it('has all its events and fields in the runbook', () => {
    const runbook = readFileSync(new URL('../../docs/runbook/logs.md', import.meta.url), 'utf8')
    for (const [name, [level, meaning]] of Object.entries(logEvents))
      assert.ok(runbook.includes(`| \`${name}\` | ${level} | ${meaning} |`), name)
    for (const [name, [, meaning]] of Object.entries(logFields)) assert.ok(runbook.includes(`| \`${name}\` | ${meaning} |`), name)
  })
})
