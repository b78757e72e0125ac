/**
 * The rows that a session object writes for an answer, as the platform counts and bills them.
 * Counted from the transaction that starts the turn to the one that ends it.
 * Rows are counted, not measured. There is no peer, and rounds only show that the count is constant.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { type Running, startScript } from './processes.ts'
import { bundle, createKey, startSoma, workerdVersion } from './soma.ts'
import type { TransactionCount } from './state.ts'
import { spread } from './statistics.ts'
import { Connection } from './wire.ts'
import { question } from './words.ts'

/** Numbers of tokens: words of the model, each in its own chunk. */
const lengths = [100, 1_000, 10_000] as const
const pollMs = 50

/** Rows and alarms of one turn: of its message and of its answer. */
interface Cost {
  readonly accepted: number
  readonly answer: number
  readonly transactions: number
  readonly alarms: number
}

async function rowsOf({ ports }: Running, session: string): Promise<TransactionCount[]> {
  const response = await fetch(`http://127.0.0.1:${ports.bench}/bench/${session}`)
  return (await response.json()) as TransactionCount[]
}

const sum = (all: readonly TransactionCount[], count: (transaction: TransactionCount) => number): number =>
  all.reduce((total, transaction) => total + count(transaction), 0)

/** The cost of one more answer of `words` words. */
async function cost(soma: Running, connection: Connection, token: string, session: string, words: number): Promise<Cost> {
  const before = (await rowsOf(soma, session)).length
  await connection.post('/v1/sessions/message', { session_id: session, message: question(words, 0) }, token)
  for (;;) {
    const turn = (await rowsOf(soma, session)).slice(before)
    const indexOf = (type: string) => turn.findIndex(({ events }) => events.includes(type))
    const end = indexOf('turn.ended')
    if (end < 0) {
      await sleep(pollMs)
      continue
    }
    const answer = turn.slice(indexOf('turn.started'), end + 1)
    return {
      accepted: sum(turn.slice(0, indexOf('turn.started')), ({ rows }) => rows),
      answer: sum(answer, ({ rows }) => rows),
      transactions: answer.length,
      alarms: sum(answer, ({ alarms }) => alarms),
    }
  }
}

/** Runs the benchmark. Returns Markdown. */
export async function rows(rounds: number, log: (line: string) => void): Promise<string> {
  const upstream = await startScript('upstream.ts', [])
  const key = await createKey()
  const soma = await startSoma(await bundle(true), key, `http://127.0.0.1:${upstream.port}/v1`)
  const connection = new Connection(soma.port)
  const costs = new Map<number, Cost[]>(lengths.map((words) => [words, []]))
  for (let round = 0; round < rounds; round += 1) {
    const session = `rows-${round}`
    // The first turn creates the tables and is not counted.
    await rowsOf(soma, session)
    await cost(soma, connection, key.token, session, 1)
    for (const words of lengths) {
      const result = await cost(soma, connection, key.token, session, words)
      costs.get(words)?.push(result)
      log(`${round + 1}/${rounds} · ${words} tokens: ${JSON.stringify(result)}`)
    }
  }
  connection.close()
  for (const { stop } of [soma, upstream]) await stop()
  const head = ['tokens', 'rows of the answer', 'in transactions', 'alarms set', 'rows of the message before']
  const cells = [...costs].map(([words, all]) => {
    const column = (key: keyof Cost) =>
      spread(
        all.map((result) => result[key]),
        0,
      )
    return [words.toLocaleString('en'), column('answer'), column('transactions'), column('alarms'), column('accepted')]
  })
  const table = [head, head.map(() => '---'), ...cells].map((row) => `| ${row.join(' | ')} |`)
  return `${table.join('\n')}\n\nworkerd ${workerdVersion}; ${rounds} rounds, each in its own session.`
}
