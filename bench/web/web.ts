/**
 * The web app of this tree beside that of an earlier commit, in one Chromium. Each has its own stack and the same scripted model.
 * Short measurements alternate between them. Every measurement runs at full speed and with a CPU that is four times slower.
 */
import { readdirSync, rmSync, symlinkSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { extractCommit, hasCommit } from '../../scripts/commit.ts'
import { root } from '../../scripts/project.ts'
import { firstLoad } from '../../test/browser/bundle-size.ts'
import { launch } from '../../test/browser/chromium.ts'
import { startControlledModel } from '../../test/browser/controlled-model.ts'
import { startStack } from '../../test/support/stack.ts'
import { scratch } from '../processes.ts'
import { median, ratios, spread } from '../statistics.ts'
import { blockedMs, measureLoad, measureOpen, measurePaste, measureStream, pause, type Site, type Values } from './measures.ts'

interface Side extends Site {
  readonly name: string
  readonly dist: string
}

const slowdowns = [1, 4] as const
/** Loads and opens of one side per round. */
const loads = 3
/** Turns of the long session. Each has two messages. */
const turns = 250

/** Budgets of the measures at each slowdown. Milliseconds, except for counts. */
const budgets: Readonly<Record<string, readonly [number, number]>> = {
  'first content painted': [200, 600],
  'composer usable': [400, 1_200],
  'open 500 messages': [150, 500],
  'frame p95': [18, 33],
  'frame p99': [33, 50],
  'long tasks': [0, 2],
  'key p95': [50, 100],
  'longest task of a 1 MB paste': [200, 200],
}

/** Runs the benchmark against `commit`. Returns Markdown. */
export async function web(rounds: number, log: (line: string) => void, commit: string): Promise<string> {
  if (!hasCommit(commit)) throw new Error(`this repository does not hold the commit ${commit}`)
  const sides = [await startSide('this tree', root), await startSide(commit, await treeOf(commit))]
  log('both stacks are ready')
  const browser = await launch()
  const results = new Map(sides.map(({ name }) => [name, new Map(slowdowns.map((slowdown) => [slowdown, [] as Values[]]))]))
  // The first round compiles, and is not counted.
  for (let round = 0; round <= rounds; round += 1) {
    // Each round begins with the other side.
    const order = round % 2 === 0 ? sides : sides.toReversed()
    for (const slowdown of slowdowns) {
      const values = await measureRound(browser, order, slowdown, round)
      if (round > 0) for (const [name, measured] of values) results.get(name)?.get(slowdown)?.push(measured)
    }
    log(`${round}/${rounds}`)
  }
  const version = browser.version()
  await browser.close()
  return [
    ...sizeTable(sides),
    '',
    ...slowdowns.flatMap((slowdown) => [
      slowdown === 1 ? '**At full speed**' : `**With a CPU ${slowdown} times slower**`,
      '',
      ...timeTable(sides, results, slowdown),
      '',
    ]),
    `Chromium ${version}; ${rounds} rounds. A page that is blocked for ${blockedMs / 1_000} s is given up.`,
  ].join('\n')
}

async function measureRound(browser: Browser, order: readonly Side[], slowdown: number, round: number): Promise<[string, Values][]> {
  const values = new Map<string, Record<string, number>>(order.map(({ name }) => [name, {}]))
  for (const measure of [measureLoad, measureOpen])
    for (const [name, measured] of await medians(() => measureSides(order, (side) => measure(browser, side, slowdown))))
      Object.assign(values.get(name) ?? {}, measured)
  for (const [name, measured] of await measureSides(order, (side) => measureStream(browser, side, slowdown)))
    Object.assign(values.get(name) ?? {}, measured)
  // A paste can take a minute, and its ratio is far from 1: once is enough.
  if (round === 1) for (const side of order) Object.assign(values.get(side.name) ?? {}, await measurePaste(launch, side, slowdown))
  return [...values]
}

async function measureSides(order: readonly Side[], measure: (side: Side) => Promise<Values>): Promise<Map<string, Values>> {
  const values = new Map<string, Values>()
  for (const side of order) values.set(side.name, await measure(side))
  return values
}

/** The medians of short measurements, which alternate between the sides. */
async function medians(measure: () => Promise<Map<string, Values>>): Promise<[string, Values][]> {
  const all: Map<string, Values>[] = []
  for (let index = 0; index < loads; index += 1) all.push(await measure())
  return [...(all[0] ?? [])].map(([name, first]) => [
    name,
    Object.fromEntries(Object.keys(first).map((key) => [key, median(all.map((values) => values.get(name)?.[key] ?? Number.NaN))])),
  ])
}

/** The sources of `commit`, with the dependencies of this checkout but without its caches. */
export async function treeOf(commit: string): Promise<string> {
  const tree = extractCommit(commit, join(scratch(), 'tree'))
  const modules = join(tree, 'node_modules')
  rmSync(modules)
  await mkdir(modules)
  for (const entry of readdirSync(join(root, 'node_modules')))
    if (entry !== '.cache') symlinkSync(join(root, 'node_modules', entry), join(modules, entry))
  return tree
}

/** Starts the stack of a tree under `wrangler dev`, which all releases can, and seeds a long session. */
export async function startSide(name: string, project: string): Promise<Side> {
  const model = await startControlledModel()
  const env = { SOMA_MODEL_BASE_URL: model.url, SOMA_MODEL: 'scripted' }
  const { url } = await startStack({ project, env, watch: true })
  const browser = await launch()
  const context = await browser.newContext({ baseURL: url })
  const signedIn = await context.request.post('/v1/auth/dev', { data: { tenant: 'acme', subject: 'reader' } })
  if (!signedIn.ok()) throw new Error(`${name}: could not sign in: ${signedIn.status()} ${await signedIn.text()}`)
  const state = await context.storageState()
  const session = crypto.randomUUID()
  const page = await context.newPage()
  await page.goto('/')
  for (let index = 0; index < turns; ) {
    const status = await page.evaluate(
      async ([session_id, message]) => {
        const csrf = /soma_csrf=([^;]+)/.exec(document.cookie)?.[1] ?? ''
        const headers = { 'content-type': 'application/json', 'x-csrf-token': csrf }
        const body = JSON.stringify({ session_id, message })
        return (await fetch('/v1/sessions/message', { method: 'POST', headers, body })).status
      },
      [session, `Question ${index + 1} about rivers`] as const,
    )
    if (status < 300) index += 1
    // The queue is full.
    else if (status === 429 || status === 409) await pause(50)
    else throw new Error(`${name}: message ${index + 1} was answered with ${status}`)
  }
  for (let isIdle = false; !isIdle; await pause(200))
    isIdle = await page.evaluate(async (id) => (await (await fetch(`/v1/sessions/${id}`)).json()).state === 'idle', session)
  await browser.close()
  return { name, url, model, state, session, dist: join(project, 'web', 'dist') }
}

const lines = (head: readonly string[], rows: readonly (readonly string[])[]): string[] =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`)

function sizeTable(sides: readonly Side[]): string[] {
  const [ours, earlier] = sides.map(({ dist }) => firstLoad(dist))
  const rows = (['scripts', 'styles', 'fonts'] as const).map((kind) => {
    const [a = Number.NaN, b = Number.NaN] = [ours?.[kind], earlier?.[kind]]
    return [kind, a.toFixed(1), b.toFixed(1), (a / b).toFixed(2)]
  })
  return lines(['first load, gzipped KiB', ...columns(sides)], rows)
}

function timeTable(
  sides: readonly Side[],
  results: ReadonlyMap<string, ReadonlyMap<number, readonly Values[]>>,
  slowdown: 1 | 4,
): string[] {
  const [ours = [], earlier = []] = sides.map(({ name }) => results.get(name)?.get(slowdown) ?? [])
  const names = [...new Set(ours.flatMap((values) => Object.keys(values)))]
  const rows = names.map((name) => {
    const column = (rounds: readonly Values[]) => rounds.flatMap((values) => values[name] ?? [])
    const [a, b] = [column(ours), column(earlier)]
    const budget = budgets[name]?.[slowdown === 1 ? 0 : 1]
    const isCount = name === 'long tasks'
    const digits = isCount ? 0 : 1
    return [name, budget?.toLocaleString('en') ?? '', spread(a, digits), spread(b, digits), isCount ? '' : spread(ratios(a, b))]
  })
  const [first = '', ...others] = columns(sides)
  return lines(['measure, ms or count', 'budget', first, ...others], rows)
}

/** The heads of the columns: both sides and their ratio. */
const columns = (sides: readonly Side[]): string[] => [...sides.map(({ name }) => name), sides.map(({ name }) => name).join(' ÷ ')]
